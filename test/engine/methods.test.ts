import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stepFunctions, recordFunctions } from '../../src/engine/create-engine.ts';
import { planStep, type StepPlan } from '../../src/engine/plan.ts';
import { EagerRuntime, GraphRuntime } from '../../src/engine/runtimes.ts';
import { initialValues, stateSpecs } from '../../src/engine/state.ts';
import { stepCosts } from '../../src/flops/step.ts';
import { flatten, linear, type Scope, type Tensor } from '../../src/nn/index.ts';
import { add, multiply, scalar, subtract } from '../../src/nn/raw.ts';
import { AVERAGED, type Method } from '../../src/recipe/method.ts';
import { DataType } from '../../src/runtime/types.ts';
import { recipeOf } from '../support/engines.ts';

const PIXELS = 2;
const CLASSES = 2;
const BATCH = 2;
const RATE = 0.5;

const forward = (net: Scope, x: Tensor): Tensor => linear(net.at('fc'), flatten(x), { units: CLASSES, bias: false });

const recipe = recipeOf({
  batch: BATCH,
  optimizer: { name: 'sgd', momentum: 0 },
  augmentation: { flip: false, mean: [0, 0, 0], standardDeviation: [1, 1, 1] },
});

/** The plan of a step with methods that are not registered. */
const planWith = (...methods: Method[]): StepPlan =>
  planStep({ forward, recipe, input: PIXELS, side: PIXELS, padding: 0, methods });

const images = Uint8Array.from({ length: BATCH * PIXELS ** 2 * 3 }, (_, i) => (i * 37) % 256);
const labels = Int32Array.from([0, 1]);

/** Runs the steps in both modes, compares them, and returns the loss and state after the last. */
function train(plan: StepPlan, steps: number, feeds: Record<string, Float32Array> = {}) {
  const functions = stepFunctions(plan);
  const recordings = recordFunctions(functions);
  const results = [new GraphRuntime(recordings), new EagerRuntime(functions, recordings)].map((runtime) => {
    runtime.assign(initialValues(stateSpecs(plan), 1));
    const learningRate = Float32Array.of(RATE);
    let loss = Number.NaN;
    for (let step = 0; step < steps; step++)
      loss = Number(runtime.call('train', { images, labels, learningRate, ...feeds }).get('loss')![0]);
    const state = runtime.read();
    runtime.close();
    return { loss, state };
  });
  expect(results[1]).toEqual(results[0]);
  return results[0]!;
}

const weight = 'fc.weight';
const softmax = (logits: number[]): number[] => {
  const exponentials = logits.map(Math.exp);
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
};

/** The expected loss and gradient of the linear network: targets [n][classes], weights [classes, in]. */
function reference(weights: ArrayLike<number>, targets: number[][], inputs: number[][]) {
  const size = inputs[0]!.length;
  const gradient = new Array<number>(CLASSES * size).fill(0);
  let loss = 0;
  for (const [n, x] of inputs.entries()) {
    const row = (c: number): number => x.reduce((sum, v, i) => sum + v * weights[c * size + i]!, 0);
    const p = softmax([row(0), row(1)]);
    for (let c = 0; c < CLASSES; c++) {
      loss -= (targets[n]![c]! * Math.log(p[c]!)) / BATCH;
      for (let i = 0; i < size; i++) gradient[c * size + i]! += ((p[c]! - targets[n]![c]!) * x[i]!) / BATCH;
    }
  }
  return { loss, gradient };
}

/** The images in the order of `flatten`: channels first. */
const inputs = [0, 1].map((n) =>
  [0, 1, 2].flatMap((channel) => [0, 1, 2, 3].map((pixel) => images[n * 12 + pixel * 3 + channel]! / 255)),
);
const hot = [
  [1, 0],
  [0, 1],
];
const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>): void => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 5);
};
const initial = new Map(initialValues(stateSpecs(planWith()), 1)).get(weight)!;
const afterStep = (weights: ArrayLike<number>, gradient: number[]): number[] =>
  gradient.map((g, i) => weights[i]! - RATE * g);

describe('a training method may add', () => {
  it('changed targets with a feed (mixup of the targets)', () => {
    const method: Method = {
      feeds: { lambda: { value: () => 0.25 } },
      batch: (batch, step) => ({
        ...batch,
        targets: (classes) => {
          const own = batch.targets(classes);
          const other = subtract(scalar(1), own);
          const lambda = step.feed('lambda');
          return add(multiply(own, lambda), multiply(other, subtract(scalar(1), lambda)));
        },
      }),
    };
    const targets = [
      [0.25, 0.75],
      [0.75, 0.25],
    ];
    const expected = reference(initial, targets, inputs);
    const { loss, state } = train(planWith(method), 1, { lambda: Float32Array.of(0.25) });
    expect(loss).toBeCloseTo(expected.loss, 5);
    expectClose(state.get(weight)!, afterStep(initial, expected.gradient));
  });

  it('two passes (SAM: the gradient at weights moved along the gradient)', () => {
    const UPHILL = 0.3;
    const method: Method = {
      differentiate: (next) => (variables) => {
        const { gradients } = next(variables);
        const uphill = new Map(
          [...variables].map(([name, value]) => [name, add(value, multiply(gradients.get(name)!, scalar(UPHILL)))]),
        );
        return next(uphill);
      },
    };
    const first = reference(initial, hot, inputs);
    const uphill = first.gradient.map((g, i) => initial[i]! + UPHILL * g);
    const second = reference(uphill, hot, inputs);
    const plan = planWith(method);
    const { loss, state } = train(plan, 1);
    expect(loss).toBeCloseTo(second.loss, 5);
    expectClose(state.get(weight)!, afterStep(initial, second.gradient));
    const macs = (one: StepPlan) => stepCosts(recordFunctions(stepFunctions(one)), one).stepMacs;
    expect(macs(plan)).toBe(2 * macs(planWith()));
  });

  it('additional weights that are evaluated (Lookahead, synchronized every step)', () => {
    const method: Method = {
      keepsAverage: true,
      state: (specs) => specs.map((spec) => ({ ...spec, name: AVERAGED + spec.name, copyOf: spec.name })),
      finish: ({ inputs: given, variables }, updates) => {
        for (const [name, before] of variables) {
          const slow = given.variable(AVERAGED + name, before.shape, DataType.float);
          const fast = updates.get(name) ?? before;
          const next = add(slow, multiply(subtract(fast, slow), scalar(0.5)));
          updates.set(AVERAGED + name, next);
          updates.set(name, next);
        }
      },
    };
    const plan = planWith(method);
    const { state } = train(plan, 1);
    const fast = afterStep(initial, reference(initial, hot, inputs).gradient);
    const slow = fast.map((value, i) => (value + initial[i]!) / 2);
    expectClose(state.get(weight)!, slow);
    expect(state.get(AVERAGED + weight)).toEqual(state.get(weight));
    expect([...stepFunctions(plan).keys()]).toContain('evaluateAveraged');
  });

  it('a changed network, in training and evaluation', () => {
    const seen: boolean[] = [];
    const method: Method = {
      network: (inner) => (net, x) => {
        seen.push(net.training);
        return inner(net, x);
      },
    };
    const plan = planWith(method);
    seen.length = 0;
    recordFunctions(stepFunctions(plan));
    expect(seen).toEqual([true, false]);
  });
});

describe('configs', () => {
  it('are checked without loading TensorFlow or an image decoder', () => {
    const script = `
      import { createRequire } from 'node:module';
      await import('./src/config/load.ts');
      const { recipeSchema } = await import('./src/config/recipe.ts');
      const { dataSchema } = await import('./src/config/data.ts');
      recipeSchema.parse({ batch: 4, epochs: 1, learningRate: 0.1, movingAverage: { decay: 0.9 } });
      dataSchema.parse({ source: 'cifar10', input: 32 });
      const loaded = Object.keys(createRequire(import.meta.url).cache ?? {});
      console.log(loaded.filter((file) => /@tensorflow|sharp|jpeg-turbo/.test(file)).join());`;
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const out = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(out.trim()).toBe('');
  });
});
