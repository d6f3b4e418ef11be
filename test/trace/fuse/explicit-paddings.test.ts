import { afterEach, describe, expect, it, vi } from 'vitest';
import { findNetwork } from '../../../models/registry.ts';
import { recordFunctions, stepFunctions } from '../../../src/engine/create-engine.ts';
import { planStep } from '../../../src/engine/plan.ts';
import { GraphRuntime } from '../../../src/engine/runtimes.ts';
import { initialValues } from '../../../src/engine/state.ts';
import { openStep, computeGradients } from '../../../src/engine/step.ts';
import { conv2d, globalAveragePool, linear, type Scope, type Tensor } from '../../../src/nn/index.ts';
import type { Inputs } from '../../../src/nn/inputs.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { DataType } from '../../../src/runtime/types.ts';
import { fuse } from '../../../src/trace/fuse/fuse.ts';
import { lowerToBfloat16 } from '../../../src/trace/precision/lower.ts';
import { record } from '../../../src/trace/record.ts';
import { readAttribute, type Recording } from '../../../src/trace/recording.ts';
import { recipeOf } from '../../support/engines.ts';

const BATCH = 4;

const planOf = (forward: Forward, input: number) =>
  planStep({ forward, recipe: recipeOf({ batch: BATCH }), input, side: input, padding: 0 });

const recordTraining = (forward: Forward, input: number): Recording =>
  recordFunctions(stepFunctions(planOf(forward, input))).get('train')!;

const isGradient = (name: string): boolean => /^(Conv2D|DepthwiseConv2dNative)Backprop/.test(name);

/** The names of the gradients of convolutions that read a padded image, or that a slice reads. */
function padded({ ops }: Recording): string[] {
  const makers = new Map(ops.flatMap((op) => op.outputs.map(({ id }) => [id, op] as const)));
  return ops.flatMap((op) => {
    const made = op.inputs.map(({ id }) => makers.get(id));
    if (isGradient(op.name) && made.some((maker) => maker?.name === 'Pad')) return [op.name];
    return op.name === 'Slice' && made[0] && isGradient(made[0].name) ? [made[0].name] : [];
  });
}

const explicitOf = ({ ops }: Recording): string[] =>
  ops.filter((op) => isGradient(op.name) && readAttribute(op, 'padding') === 'EXPLICIT').map(({ name }) => name);

/** Two convolutions with a padding that is neither SAME nor VALID; the gradient of the image is needed for the second. */
const network =
  (groups: number): Forward =>
  (net: Scope, x: Tensor) => {
    const y = conv2d(net.at('a'), x, { filters: 8, kernel: 3, stride: 2, padding: 1 });
    const z = conv2d(net.at('b'), y, { filters: 8, kernel: 5, stride: 2, padding: [1, 2], groups });
    return linear(net.at('fc'), globalAveragePool(z), { units: 4 });
  };

/** Loss and gradients of a recording on this CPU, with TensorFlow's kernels. */
function gradients(forward: Forward, input: number, change: (recording: Recording) => Recording) {
  vi.stubEnv('DOUBLETIME_KERNELS', 'tensorflow');
  const plan = planOf(forward, input);
  const recording = record((inputs: Inputs) => {
    const images = inputs.feed('images', [BATCH, input, input, 3], DataType.float);
    const { loss, gradients } = computeGradients(plan, openStep(plan, inputs), images);
    return { outputs: new Map([['loss', loss], ...gradients]), updates: new Map() };
  });
  const changed = change(recording);
  const runtime = new GraphRuntime(new Map([['train', changed]]));
  runtime.assign(initialValues(plan.specs, 1));
  const images = Float32Array.from({ length: BATCH * input * input * 3 }, (_, i) => Math.sin(i * 12.9898));
  const results = runtime.call('train', { images, labels: Int32Array.of(0, 1, 2, 3) });
  runtime.close();
  return { results, changed };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the paddings of convolutions on a GPU', () => {
  it.each([
    ['dense', 1, ['Conv2DBackpropFilter', 'Conv2DBackpropInput']],
    ['grouped', 4, ['Conv2DBackpropFilter', 'Conv2DBackpropInput']],
    ['depthwise', 8, ['DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput']],
  ])('are part of the gradients of a %s convolution', (_, groups, names) => {
    const recording = recordTraining(network(groups), 12);
    expect(new Set(padded(recording))).toEqual(new Set(['Conv2DBackpropFilter', ...names]));
    const merged = fuse(recording, { device: 'gpu' });
    expect(padded(merged)).toEqual([]);
    expect(merged.ops.filter(({ name }) => name === 'Pad' || name === 'Slice')).toEqual([]);
    expect(explicitOf(merged).sort()).toEqual(['Conv2DBackpropFilter', ...names].sort());
  });

  it.each([
    ['alexnet', 64],
    ['googlenet', 64],
    ['resnet18', 32],
    ['resnext50_32x4d', 32],
    ['densenet121', 32],
    ['mobilenet_v1', 32],
    ['mobilenet_v2', 32],
    ['shufflenet_v2_x1_0', 32],
    ['efficientnet_b0', 32],
  ])('leave no copy of a padded image in %s, in float32 and bfloat16', (name, input) => {
    const recording = recordTraining(findNetwork(name).build(), input);
    const before = padded(recording).length;
    expect(before).toBeGreaterThan(0);
    for (const given of [recording, lowerToBfloat16(recording, 'gpu')]) {
      const merged = fuse(given, { device: 'gpu' });
      expect(padded(merged)).toEqual([]);
      expect(explicitOf(merged)).toHaveLength(before);
    }
  });

  // TensorFlow's CPU kernels for explicit paddings have no groups.
  it.each([
    ['dense', 1, 12],
    ['dense, odd size', 1, 13],
    ['depthwise', 8, 12],
    ['depthwise, odd size', 8, 15],
  ])('give the same gradients: %s', (_, groups, input) => {
    const { results: plain } = gradients(network(groups), input, (recording) => recording);
    const { results: merged, changed } = gradients(network(groups), input, (recording) =>
      fuse(recording, { device: 'gpu' }),
    );
    expect(explicitOf(changed).length).toBeGreaterThan(1);
    for (const [name, values] of plain as Map<string, Float32Array>) {
      const others = merged.get(name) as Float32Array;
      const scale = Math.max(...values.map(Math.abs));
      expect(Math.max(...values.map((value, i) => Math.abs(value - others[i]!))), name).toBeLessThanOrEqual(
        1e-6 * scale,
      );
    }
  });

  it('stay where something else reads the padded image', () => {
    const recording = recordTraining(network(1), 12);
    const pad = recording.ops.find(({ name }) => name === 'Pad')!;
    const outputs = new Map([...recording.outputs, ['padded', pad.outputs[0]!]]);
    const merged = fuse({ ...recording, outputs }, { device: 'gpu' });
    expect(merged.ops.filter(({ name }) => name === 'Pad')).toEqual([pad]);
    expect(padded(merged)).toEqual([]);
  });
});
