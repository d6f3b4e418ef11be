import { describe, expect, it } from 'vitest';
import { findNetwork } from '../../../models/registry.ts';
import { stepFunctions, recordFunctions } from '../../../src/engine/create-engine.ts';
import { registerOpFormula } from '../../../src/engine/network/op-formula.ts';
import { planStep } from '../../../src/engine/plan.ts';
import { countRecording } from '../../../src/flops/count.ts';
import { conv2d, globalAveragePool, linear, relu } from '../../../src/nn/index.ts';
import { defineOp } from '../../../src/nn/define.ts';
import { op, T } from '../../../src/nn/raw.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { DataType } from '../../../src/runtime/types.ts';
import { lowerToBfloat16 } from '../../../src/trace/precision/lower.ts';
import type { RecordedOp, Recording } from '../../../src/trace/recording.ts';
import { recipeOf } from '../../support/engines.ts';
import { layerKinds, PIXELS } from '../../support/layer-kinds.ts';

const SAM = { sharpnessAware: { rho: 0.05 }, movingAverage: { decay: 0.9 }, clipGradientNorm: 1 };

function recordingsOf(forward: Forward, input: number, recipe: object = {}): Map<string, Recording> {
  const plan = planStep({ forward, recipe: recipeOf({ batch: 4, ...recipe }), input, side: input, padding: 0 });
  return recordFunctions(stepFunctions(plan));
}

const isHalf = ({ dtype }: { dtype: number }): boolean => dtype === DataType.bfloat16;
const runsInBfloat16 = ({ outputs, inputs, name }: RecordedOp): boolean =>
  name !== 'Cast' && (outputs.some(isHalf) || inputs.some(isHalf));
const namesIn = (ops: readonly RecordedOp[], half: boolean): Set<string> =>
  new Set(ops.filter((each) => runsInBfloat16(each) === half).map(({ name }) => name));

const lowered = (forward: Forward, input: number, device: 'cpu' | 'gpu', recipe: object = {}): Recording =>
  lowerToBfloat16(recordingsOf(forward, input, recipe).get('train')!, device);

/** Every input has the type of the op that made it, and every T attribute is that of the tensors. */
function typeErrors(recording: Recording): string[] {
  const types = new Map([...recording.feeds, ...recording.variables].map(({ id, dtype }) => [id, dtype]));
  for (const { id, dtype } of recording.constants.values()) types.set(id, dtype);
  return recording.ops.flatMap(({ name, inputs, outputs, attributes }) => {
    const wrong = inputs.filter(({ id, dtype }) => types.get(id) !== dtype).map(() => `${name} reads another type`);
    for (const { id, dtype } of outputs) types.set(id, dtype);
    const declared = attributes.find((attribute) => attribute.name === 'T')?.value;
    const found = new Set([...inputs, ...outputs].map(({ dtype }) => dtype));
    return declared === undefined || found.has(Number(declared))
      ? wrong
      : [...wrong, `${name} declares ${Number(declared)}`];
  });
}

describe('a recording lowered to bfloat16', () => {
  const forward = findNetwork('resnet18').build({ classes: 10, width: 0.25 });
  const before = recordingsOf(forward, 32, SAM).get('train')!;
  const after = lowerToBfloat16(before, 'cpu');

  it('has products and the ops after them in bfloat16', () => {
    const names = namesIn(after.ops, true);
    for (const name of ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'MatMul', 'Relu', 'FusedBatchNormV3'])
      expect(names).toContain(name);
    expect(namesIn(after.ops, false)).not.toContain('Conv2D');
  });

  it('has input, loss and update in float32, and with them all feeds, variables and outputs', () => {
    const outside = after.ops.filter(({ direction }) => ['input', 'loss', 'update'].includes(direction));
    expect(outside.filter(runsInBfloat16)).toEqual([]);
    expect(after.feeds).toEqual(before.feeds);
    expect(after.variables).toEqual(before.variables);
    const results = [...after.outputs.values(), ...after.updates.values()];
    expect(results.filter(isHalf)).toEqual([]);
    expect([...after.updates.keys()]).toEqual([...before.updates.keys()]);
  });

  it('keeps the scales and statistics of batch norm in float32', () => {
    const norms = after.ops.filter(({ name, outputs }) => name === 'FusedBatchNormV3' && isHalf(outputs[0]!));
    expect(norms.length).toBeGreaterThan(10);
    for (const { inputs, outputs } of norms) {
      expect(isHalf(inputs[0]!)).toBe(true);
      expect([...inputs.slice(1), ...outputs.slice(1)].filter(isHalf)).toEqual([]);
    }
  });

  it('casts each tensor once', () => {
    const casts = after.ops.filter(({ name, inputs: [x] }) => name === 'Cast' && x!.dtype !== DataType.uint8);
    const sources = casts.map(({ inputs: [x], outputs: [y] }) => `${x!.id} ${y!.dtype}`);
    expect(new Set(sources).size).toBe(sources.length);
  });
});

describe('every layer, on a CPU and on a GPU', () => {
  it.each(Object.entries(layerKinds))(
    '%s has matching types, and the same MACs and FLOPs as in float32',
    (_, forward) => {
      for (const recording of recordingsOf(forward, PIXELS).values())
        for (const device of ['cpu', 'gpu'] as const) {
          const after = lowerToBfloat16(recording, device);
          expect(typeErrors(after)).toEqual([]);
          const { macs, flops, macsByPrecision, layers } = countRecording(after);
          const full = countRecording(recording);
          expect({ macs, flops, layers }).toEqual({ macs: full.macs, flops: full.flops, layers: full.layers });
          const { float32 = 0, bfloat16 = 0 } = macsByPrecision;
          expect(float32 + bfloat16).toBe(macs.step);
          expect(full.macsByPrecision).toEqual(macs.step === 0 ? {} : { float32: macs.step });
        }
    },
  );

  it('depthwise convolutions and their gradients run in bfloat16 on both', () => {
    const network = layerKinds['conv2d depthwise, stride 2']!;
    const name = 'DepthwiseConv2dNative';
    const products = [name, `${name}BackpropInput`, `${name}BackpropFilter`];
    for (const device of ['cpu', 'gpu'] as const)
      expect([...namesIn(lowered(network, PIXELS, device).ops, true)]).toEqual(expect.arrayContaining(products));
  });

  it('local response normalization, softmax and layer norm run in float32 on both', () => {
    for (const device of ['cpu', 'gpu'] as const)
      for (const [kind, names] of [
        ['local response normalization', ['LRN', 'LRNGrad']],
        ['layer norm and layer scale', ['Mean', 'Rsqrt', 'Square']],
        ['patches, class token, position, attention and stochastic depth', ['Softmax', 'Mean']],
      ] as const)
        for (const name of names)
          expect(namesIn(lowered(layerKinds[kind]!, PIXELS, device).ops, true)).not.toContain(name);
  });
});

it('an op of a user runs in float32, and the layers around it run in bfloat16', () => {
  registerOpFormula('Softsign', { kind: 'activation', cost: () => ({ macs: 0, otherFlops: 3 }) });
  registerOpFormula('SoftsignGrad', { kind: 'activation', cost: () => ({ macs: 0, otherFlops: 4 }) });
  const softsign = defineOp({
    name: 'TestSoftsign',
    inputs: ['x'],
    saves: ['x'],
    forward: ({ x }) => op('Softsign', [T], [x]),
    gradient: ({ dy, x }) => ({ x: () => op('SoftsignGrad', [T], [dy, x]) }),
  });
  const forward: Forward = (net, images) => {
    const x = relu(conv2d(net.at('a'), images, { filters: 4, kernel: 3 }));
    const y = relu(conv2d(net.at('b'), softsign({ x }, undefined), { filters: 4, kernel: 3 }));
    return linear(net.at('fc'), globalAveragePool(y), { units: 3 });
  };
  const recording = lowered(forward, PIXELS, 'cpu');
  expect(typeErrors(recording)).toEqual([]);
  expect([...namesIn(recording.ops, false)]).toEqual(expect.arrayContaining(['Softsign', 'SoftsignGrad']));
  expect(namesIn(recording.ops, false)).not.toContain('Conv2D');
});
