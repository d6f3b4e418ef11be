import { describe, expect, it } from 'vitest';
import { planStep } from '../../../src/engine/plan.ts';
import { GraphRuntime } from '../../../src/engine/runtimes.ts';
import { computeGradients, openStep } from '../../../src/engine/step.ts';
import { batchNorm, conv2d, globalAveragePool, linear, relu } from '../../../src/nn/index.ts';
import type { Inputs } from '../../../src/nn/inputs.ts';
import { Scope, type Forward } from '../../../src/nn/scope.ts';
import { DataType } from '../../../src/runtime/types.ts';
import { loadTensorFlow } from '../../../src/runtime/tensorflow.ts';
import { lowerToBfloat16 } from '../../../src/trace/precision/lower.ts';
import { record } from '../../../src/trace/record.ts';
import type { RecordedOp, Recording } from '../../../src/trace/recording.ts';
import { splitBatchNorms } from '../../../src/trace/xla/split-batch-norms.ts';
import { initialValues } from '../../../src/engine/state.ts';
import { recipeOf } from '../../support/engines.ts';

const [BATCH, SIDE, CHANNELS] = [4, 3, 2];
const SHAPE = [BATCH, SIDE, SIDE, CHANNELS];
const PIXELS = BATCH * SIDE * SIDE;
const [EPSILON, MOMENTUM] = [1e-5, 0.1];

/** A batch norm of the feed `x` in training, with its moving statistics. */
const recordNorm = (): Recording =>
  record((inputs: Inputs) => {
    const updates = new Map();
    const scope = new Scope('', {
      training: true,
      parameter: ({ name, shape }) => inputs.variable(name, [...shape], DataType.float),
      update: (name, value) => updates.set(name, value),
      seed: () => {
        throw new TypeError('a batch norm has no random numbers');
      },
    });
    const y = batchNorm(scope, inputs.feed('x', SHAPE, DataType.float), { epsilon: EPSILON, momentum: MOMENTUM });
    return { outputs: new Map([['y', y]]), updates };
  });

const state = new Map([
  ['weight', Float32Array.of(1.5, 0.5)],
  ['bias', Float32Array.of(0.25, -1)],
  ['running_mean', Float32Array.of(3, 4)],
  ['running_var', Float32Array.of(1, 2)],
]);

/** Numbers around a mean, with standard deviations of about 0.6 and 1.2. */
const imagesAround = (mean: number): Float32Array =>
  Float32Array.from({ length: PIXELS * CHANNELS }, (_, i) => mean + (1 + (i % CHANNELS)) * Math.sin(i * 12.9898));

function expected(x: Float32Array) {
  const channels = Array.from({ length: CHANNELS }, (_, c) => Array.from(x).filter((_, i) => i % CHANNELS === c));
  const means = channels.map((values) => values.reduce((a, b) => a + b, 0) / PIXELS);
  const variances = channels.map((values, c) => values.reduce((sum, v) => sum + (v - means[c]!) ** 2, 0) / PIXELS);
  const scale = (c: number) => state.get('weight')![c]! / Math.sqrt(variances[c]! + EPSILON);
  return {
    y: Array.from(x, (v, i) => (v - means[i % CHANNELS]!) * scale(i % CHANNELS) + state.get('bias')![i % CHANNELS]!),
    means: means.map((mean, c) => 0.9 * state.get('running_mean')![c]! + 0.1 * mean),
    variances: variances.map((v, c) => 0.9 * state.get('running_var')![c]! + (0.1 * v * PIXELS) / (PIXELS - 1)),
  };
}

const largest = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(a[i]! - value)));

// Before anything is recorded, which would load TensorFlow without XLA.
loadTensorFlow({ session: { compile: 'xla' } });

describe('a batch norm that XLA compiles', () => {
  // Of a whole norm, XLA computes the variance as E[x^2] - E[x]^2: for a mean of 1000 it is then wrong by
  // several percent.
  it.each([
    [0, 1e-6],
    [1000, 5e-3],
  ])('is accurate for images around %i', (mean, tolerance) => {
    const runtime = new GraphRuntime(new Map([['norm', recordNorm()]]), { compile: 'xla' });
    runtime.assign(state);
    const x = imagesAround(mean);
    const y = runtime.call('norm', { x }).get('y') as Float32Array;
    const moved = runtime.read();
    runtime.close();
    const { y: exact, means, variances } = expected(x);
    expect(largest(y, exact)).toBeLessThan(tolerance);
    expect(largest(moved.get('running_mean')!, means)).toBeLessThan(1e-6 * Math.max(1, mean));
    expect(largest(moved.get('running_var')!, variances)).toBeLessThan(tolerance);
  });
});

describe('splitBatchNorms', () => {
  const network: Forward = (net, x) => {
    const y = relu(batchNorm(net.at('bn'), conv2d(net.at('c'), x, { filters: 6, kernel: 3 })));
    return linear(net.at('fc'), globalAveragePool(y), { units: 4 });
  };
  const plan = planStep({ forward: network, recipe: recipeOf({ batch: BATCH }), input: 8, side: 8, padding: 0 });
  const training = record((inputs: Inputs) => {
    const images = inputs.feed('images', [BATCH, 8, 8, 3], DataType.float);
    const { loss, gradients, statistics } = computeGradients(plan, openStep(plan, inputs), images);
    return { outputs: new Map([['loss', loss], ...gradients]), updates: statistics };
  });

  /** Loss, gradients and moving statistics, op by op in TensorFlow. */
  function run(recording: Recording): Map<string, Float32Array> {
    const runtime = new GraphRuntime(new Map([['train', recording]]));
    runtime.assign(initialValues(plan.specs, 1));
    const images = Float32Array.from({ length: BATCH * 8 * 8 * 3 }, (_, i) => Math.sin(i * 12.9898));
    const results = runtime.call('train', { images, labels: Int32Array.of(0, 1, 2, 3) }) as Map<string, Float32Array>;
    for (const [name, values] of runtime.read()) results.set(`state ${name}`, values);
    runtime.close();
    return results;
  }

  it('gives the same loss, gradients and moving statistics', () => {
    const [whole, split] = [run(training), run(splitBatchNorms(training))];
    expect(splitBatchNorms(training).ops.filter(({ name }) => name.startsWith('FusedBatchNorm'))).toEqual([]);
    for (const [name, values] of whole) {
      const scale = Math.max(...Array.from(values, Math.abs));
      expect(largest(split.get(name)!, Array.from(values)), name).toBeLessThanOrEqual(1e-5 * scale);
    }
  });

  it('keeps the images of bfloat16 steps in bfloat16, and the statistics in float32', () => {
    const lowered = lowerToBfloat16(training, 'gpu');
    const images = lowered.ops.find(({ name }) => name === 'FusedBatchNormV3')!.outputs[0]!;
    expect(images.dtype).toBe(DataType.bfloat16);
    const { ops } = splitBatchNorms(lowered);
    expect(ops.find(({ outputs }) => outputs[0]!.id === images.id)!.outputs[0]!.dtype).toBe(DataType.bfloat16);
    // One value per channel: the mean of the images that the next layer pools has the batch too.
    const statistics = ops.filter(
      ({ name, outputs }) => ['Mean', 'Rsqrt', 'Sum'].includes(name) && outputs[0]!.shape.join() === '6',
    );
    expect(statistics.map(({ name }) => name)).toEqual(['Mean', 'Mean', 'Rsqrt', 'Sum', 'Sum']);
    for (const { inputs } of statistics) expect(inputs[0]!.dtype).toBe(DataType.float);
  });

  it('leaves evaluations alone', () => {
    const inEvaluation = (op: RecordedOp): RecordedOp => ({
      ...op,
      attributes: op.attributes.map((one) => (one.name === 'is_training' ? { ...one, value: false } : one)),
    });
    const evaluation = { ...training, ops: training.ops.map(inEvaluation) };
    expect(splitBatchNorms(evaluation).ops).toEqual(evaluation.ops);
  });
});
