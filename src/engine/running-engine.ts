import { dataError } from '../base/errors.ts';
import { toPyTorch, toTensorflow } from '../nn/layout.ts';
import type { Call, StateSpec } from '../recipe/method.ts';
import type { NativeValues } from '../runtime/binding.ts';
import { firstNonFinite } from './diagnose.ts';
import type {
  Engine,
  EvaluatedWeights,
  EvaluationFeeds,
  EvaluationResult,
  StateTensor,
  StepCounts,
  StepFeeds,
} from './engine.ts';
import { nonFiniteWeights } from './non-finite.ts';
import type { Runtime } from './runtimes.ts';
import { optimizerAndMethods, type StepPlan } from './plan.ts';
import { type PlannedStage, planOfStep } from './stages.ts';
import { reflectsBorder, windowNeeds } from './step.ts';
import { formatShape } from '../base/text/shape.ts';

/** What an engine consists of. */
interface Parts {
  readonly plan: StepPlan;
  /** The stages of the run; empty if its training step does not change. */
  readonly stages: readonly PlannedStage[];
  readonly runtime: Runtime;
  readonly specs: readonly StateSpec[];
  readonly counts: StepCounts;
  /** Creates an eager runtime of the same functions, with its own state. */
  readonly createEager: () => Runtime;
  readonly seed: number;
  readonly warnings: readonly string[];
}

/** The first element of an output; NaN if it is missing. */
const first = (results: ReadonlyMap<string, NativeValues>, name: string): number =>
  Number(results.get(name)?.[0] ?? Number.NaN);

/**
 * Row or column indices of each example's window [n, input]: start, start + 1, ...; in reverse order if the image is mirrored. With
 * a reflected border they are indices in the image without padding.
 */
function windowIndices(plan: StepPlan, starts: Int32Array, flips?: Int32Array): Int32Array {
  const { input, padding, side } = plan;
  const indices = new Int32Array(starts.length * input);
  starts.forEach((start, n) => {
    const mirrored = flips?.[n] === 1;
    for (let i = 0; i < input; i++) indices[n * input + i] = mirrored ? start + input - 1 - i : start + i;
  });
  return reflectsBorder(plan) ? indices.map((index) => reflected(index - padding, side)) : indices;
}

/** Reflects an index outside of the image: -1 becomes 1, and `side` becomes `side` - 2. */
const reflected = (index: number, side: number): number =>
  index < 0 ? -index : index >= side ? 2 * (side - 1) - index : index;

/** What feeds may depend on in one call of a step: the seed, the step, the call's number in it, and the epochs. */
function describeCall(plan: StepPlan, seed: number, step: number, part: number): Call {
  const { batch, epochs: total } = plan.recipe;
  const epochsAfter = (steps: number): number => (steps * batch) / (plan.trainExamples ?? Number.NaN);
  const epochs = { before: epochsAfter(step), after: epochsAfter(step + 1), total };
  return { seed, step, part, input: plan.input, epochs };
}

/** The feeds of the optimizer and the methods in one call. */
function methodFeeds(plan: StepPlan, call: Call) {
  const feeds = optimizerAndMethods(plan).flatMap((method) => Object.entries(method.feeds ?? {}));
  return Object.fromEntries(feeds.map(([name, { value }]) => [name, new Float32Array([value(call)].flat())]));
}

/** The feeds of a recorded function for one part of a batch. */
function toGraphFeeds({ plan, seed }: Pick<Parts, 'plan' | 'seed'>, feeds: StepFeeds, part: number) {
  const { batch, side } = plan;
  const from = part * batch;
  const pixels = side * side * 3;
  const needs = windowNeeds(plan);
  const slice = (values: Int32Array): Int32Array => values.subarray(from, from + batch);
  return {
    images: feeds.images.subarray(from * pixels, (from + batch) * pixels),
    labels: slice(feeds.labels),
    ...(needs.rows ? { rows: windowIndices(plan, slice(feeds.tops)) } : {}),
    ...(needs.columns ? { columns: windowIndices(plan, slice(feeds.lefts), slice(feeds.flips)) } : {}),
    learningRate: new Float32Array([feeds.learningRate]),
    seed: new Int32Array([seed, feeds.step * plan.calls.length + part]),
    ...methodFeeds(plan, describeCall(plan, seed, feeds.step, part)),
  };
}

/** Describes every missing tensor, extra tensor and tensor of another shape in a state; empty if the state fits. */
function describeMismatches(specs: readonly StateSpec[], state: ReadonlyMap<string, StateTensor>): string[] {
  const expected = new Map(specs.map((spec) => [spec.name, formatShape(spec.shape)]));
  const missing = [...expected.keys()].filter((name) => !state.has(name));
  const extra = [...state.keys()].filter((name) => !expected.has(name));
  const reshaped = [...state].filter(
    ([name, { shape }]) => expected.has(name) && expected.get(name) !== formatShape(shape),
  );
  return [
    ...missing.map((name) => `${name} is missing`),
    ...extra.map((name) => `${name} is extra`),
    ...reshaped.map(([name, { shape }]) => `${name} is ${formatShape(shape)}, expected ${String(expected.get(name))}`),
  ];
}

/** Yields the values of a state in TensorFlow's layout, converted one by one. */
function* inTensorflowLayout(
  specs: readonly StateSpec[],
  state: ReadonlyMap<string, StateTensor>,
): Generator<[name: string, values: Float32Array], void, undefined> {
  for (const { name, shape, layout } of specs) yield [name, toTensorflow(state.get(name)!.values, shape, layout)];
}

/** Checks the weights, and then every op of the step. The engine's state does not change. */
function findNonFinite(parts: Parts, feeds: StepFeeds) {
  const state = parts.runtime.read();
  const weights = nonFiniteWeights(new Map([...state].map(([name, values]) => [name, { values }])));
  if (weights) return weights;
  const eager = parts.createEager();
  try {
    eager.assign(state);
    const { plan, calls } = planOfStep(parts, feeds.step);
    for (const [part, name] of calls.entries()) {
      const graphFeeds = toGraphFeeds({ plan, seed: parts.seed }, feeds, part);
      const found = firstNonFinite(() => void eager.call(name, graphFeeds));
      if (found) return found;
    }
    return undefined;
  } finally {
    eager.close();
  }
}

/** The mean of the losses of a step's calls, added in their order. */
const meanLoss = (calls: readonly ReadonlyMap<string, NativeValues>[]): number =>
  calls.reduce((sum, results) => sum + first(results, 'loss'), 0) / calls.length;

/** The calls of a step, each with its feeds. */
function prepareCalls(parts: Parts, feeds: StepFeeds): [name: string, feeds: ReturnType<typeof toGraphFeeds>][] {
  const { plan, calls } = planOfStep(parts, feeds.step);
  return calls.map((name, part) => [name, toGraphFeeds({ plan, seed: parts.seed }, feeds, part)]);
}

function evaluationCall(
  plan: StepPlan,
  { images, labels, count }: EvaluationFeeds,
  weights: EvaluatedWeights = 'trained',
): [name: string, feeds: Record<string, Uint8Array | Int32Array | Float32Array>] {
  const mask = new Float32Array(plan.batch).fill(1, 0, count);
  return [weights === 'trained' ? 'evaluate' : 'evaluateAveraged', { images, labels, mask }];
}

const toEvaluationResult = (results: ReadonlyMap<string, NativeValues>): EvaluationResult => ({
  lossSum: first(results, 'lossSum'),
  top1: first(results, 'top1'),
  top5: first(results, 'top5'),
});

/** The steps and evaluations of a runtime that runs them on a thread of its own. */
const createStartable = (
  parts: Parts,
  stage: NonNullable<Runtime['stage']>,
): Required<Pick<Engine, 'stageStep' | 'startEvaluation'>> => ({
  stageStep: (feeds, readLoss) => {
    const calls = prepareCalls(parts, feeds).map(([name, graphFeeds]) => stage(name, graphFeeds, readLoss));
    return async () => {
      const results = await Promise.all(calls.map((start) => start()));
      return readLoss ? meanLoss(results) : undefined;
    };
  },
  startEvaluation: async (feeds, weights) =>
    toEvaluationResult(await stage(...evaluationCall(parts.plan, feeds, weights), true)()),
});

/** Creates an engine that runs the functions of a runtime, which also holds the state. */
export function createRunningEngine(parts: Parts): Engine {
  const { plan, runtime, specs, counts, warnings } = parts;
  return {
    counts,
    warnings,
    step: (feeds) => meanLoss(prepareCalls(parts, feeds).map(([name, graphFeeds]) => runtime.call(name, graphFeeds))),
    evaluate: (feeds, weights) => toEvaluationResult(runtime.call(...evaluationCall(plan, feeds, weights))),
    ...(runtime.stage && createStartable(parts, runtime.stage.bind(runtime))),
    readState: () => {
      const values = runtime.read();
      return new Map(
        specs.map(({ name, shape, layout }) => [name, { shape, values: toPyTorch(values.get(name)!, shape, layout) }]),
      );
    },
    writeState: (state) => {
      const problems = describeMismatches(specs, state);
      if (problems.length > 0) throw dataError(`the state does not fit the network: ${problems.join('; ')}`);
      runtime.assign(inTensorflowLayout(specs, state));
    },
    findNonFinite: (feeds) => findNonFinite(parts, feeds),
    tensorsAlive: () => runtime.tensorsAlive(),
    close: () => {
      runtime.close();
    },
  };
}
