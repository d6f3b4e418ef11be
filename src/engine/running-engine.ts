import { dataError } from '../base/errors.ts';
import { toPyTorch, toTensorflow } from '../nn/layout.ts';
import type { NativeValues } from '../runtime/binding.ts';
import { firstNonFinite } from './diagnose.ts';
import type { Engine, EvaluationResult, StateTensor, StepCounts, StepFeeds } from './engine.ts';
import { nonFiniteWeights } from './non-finite.ts';
import type { Optimizer } from './optimizer.ts';
import type { Runtime } from './runtimes.ts';
import type { StateSpec } from './state.ts';
import { type StepPlan, windowNeeds } from './step.ts';

interface Parts {
  readonly plan: StepPlan;
  readonly runtime: Runtime;
  readonly specs: readonly StateSpec[];
  readonly optimizer: Optimizer;
  readonly counts: StepCounts;
  /** The same functions op by op, with a state of its own. */
  readonly createEager: () => Runtime;
  readonly seed: number;
}

const first = (results: ReadonlyMap<string, NativeValues>, name: string): number =>
  Number(results.get(name)?.[0] ?? Number.NaN);

/** Row or column numbers of each example's window: start, start + 1, ... or backwards where it is mirrored. */
function windowIndices(starts: Int32Array, input: number, flips?: Int32Array): Int32Array {
  const indices = new Int32Array(starts.length * input);
  starts.forEach((start, n) => {
    const mirrored = flips?.[n] === 1;
    for (let i = 0; i < input; i++)
      indices[n * input + i] = mirrored ? start + input - 1 - i : start + i;
  });
  return indices;
}

/** One part of a batch as the recorded step wants it. */
function feedsOf({ plan, optimizer, seed }: Parts, feeds: StepFeeds, part: number) {
  const { batch, side, input } = plan;
  const from = part * batch;
  const pixels = side * side * 3;
  const needs = windowNeeds(plan);
  const of = (values: Int32Array): Int32Array => values.subarray(from, from + batch);
  const corrections = Object.entries(optimizer.feeds).map(([name, value]) => [
    name,
    new Float32Array([value(feeds.step)]),
  ]);
  return {
    images: feeds.images.subarray(from * pixels, (from + batch) * pixels),
    labels: of(feeds.labels),
    ...(needs.rows ? { rows: windowIndices(of(feeds.tops), input) } : {}),
    ...(needs.columns ? { columns: windowIndices(of(feeds.lefts), input, of(feeds.flips)) } : {}),
    learningRate: new Float32Array([feeds.learningRate]),
    seed: new Int32Array([seed, feeds.step * plan.recipe.gradientAccumulation + part]),
    ...(Object.fromEntries(corrections) as Record<string, Float32Array>),
  };
}

/** Every missing, extra and misshapen tensor of a state, in words; empty where it fits. */
function misfits(specs: readonly StateSpec[], state: ReadonlyMap<string, StateTensor>): string[] {
  const wanted = new Map(specs.map((spec) => [spec.name, spec.shape.join(' x ')]));
  const missing = [...wanted.keys()].filter((name) => !state.has(name));
  const extra = [...state.keys()].filter((name) => !wanted.has(name));
  const misshapen = [...state].filter(
    ([name, { shape }]) => wanted.has(name) && wanted.get(name) !== shape.join(' x '),
  );
  return [
    ...missing.map((name) => `${name} is missing`),
    ...extra.map((name) => `${name} is extra`),
    ...misshapen.map(
      ([name, { shape }]) =>
        `${name} is ${shape.join(' x ')}, expected ${String(wanted.get(name))}`,
    ),
  ];
}

/** Weights first, then the forward and backward pass of these feeds, op by op, without changing the engine's state. */
function findNonFinite(parts: Parts, feeds: StepFeeds) {
  const state = parts.runtime.read();
  const weights = nonFiniteWeights(new Map([...state].map(([name, values]) => [name, { values }])));
  if (weights) return weights;
  const eager = parts.createEager();
  try {
    eager.assign(state);
    for (const [part, name] of callsOf(parts.plan.recipe)) {
      const found = firstNonFinite(() => void eager.call(name, feedsOf(parts, feeds, part)));
      if (found) return found;
    }
    return undefined;
  } finally {
    eager.close();
  }
}

/** The calls that make up a step: of each part of the batch its number and the function it is given to. */
const callsOf = ({ gradientAccumulation: parts }: StepPlan['recipe']): [number, string][] =>
  Array.from({ length: parts }, (_, part) => [part, part === parts - 1 ? 'train' : 'accumulate']);

/** An engine whose functions and state are in a runtime. */
export function createEngineOver(parts: Parts): Engine {
  const { plan, runtime, specs, counts } = parts;
  const calls = callsOf(plan.recipe);
  return {
    counts,
    step: (feeds) => {
      let sum = 0;
      for (const [part, name] of calls)
        sum += first(runtime.call(name, feedsOf(parts, feeds, part)), 'loss');
      return sum / calls.length;
    },
    evaluate: ({ images, labels, count }, weights = 'trained'): EvaluationResult => {
      const mask = new Float32Array(plan.batch).fill(1, 0, count);
      const name = weights === 'trained' ? 'evaluate' : 'evaluateAveraged';
      const results = runtime.call(name, { images, labels, mask });
      return {
        lossSum: first(results, 'lossSum'),
        top1: first(results, 'top1'),
        top5: first(results, 'top5'),
      };
    },
    readState: () => {
      const values = runtime.read();
      return new Map(
        specs.map(({ name, shape, layout }) => [
          name,
          { shape, values: toPyTorch(values.get(name)!, shape, layout) },
        ]),
      );
    },
    writeState: (state) => {
      const problems = misfits(specs, state);
      if (problems.length > 0)
        throw dataError(`the state does not fit the network: ${problems.join('; ')}`);
      runtime.assign(
        new Map(
          specs.map(({ name, shape, layout }) => [
            name,
            toTensorflow(state.get(name)!.values, shape, layout),
          ]),
        ),
      );
    },
    findNonFinite: (feeds) => findNonFinite(parts, feeds),
    tensorsAlive: () => runtime.tensorsAlive(),
    close: () => {
      runtime.close();
    },
  };
}
