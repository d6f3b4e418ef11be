import { afterEach, expect, it, vi } from 'vitest';
import { planStep } from '../../../src/engine/plan.ts';
import { withPrecision } from '../../../src/engine/precision.ts';
import { trainingStep } from '../../../src/engine/step.ts';
import { conv2d, globalAveragePool, linear, relu, type Scope, type Tensor } from '../../../src/nn/index.ts';
import { findCpuFeatures } from '../../../src/runtime/machine.ts';
import { DataType } from '../../../src/runtime/types.ts';
import { fuse } from '../../../src/trace/fuse/fuse.ts';
import { record } from '../../../src/trace/record.ts';
import { readAttribute } from '../../../src/trace/recording.ts';
import { recipeOf } from '../../support/engines.ts';
import { PIXELS } from '../../support/layer-kinds.ts';

vi.mock('../../../src/runtime/machine.ts', { spy: true });
afterEach(() => {
  vi.clearAllMocks();
});

const network = (net: Scope, images: Tensor): Tensor => {
  const x = relu(conv2d(net.at('a'), images, { filters: 8, kernel: 3, padding: 1 }));
  const y = relu(conv2d(net.at('b'), x, { filters: 8, kernel: 3, padding: 1, groups: 4 }));
  return linear(net.at('fc'), globalAveragePool(y), { units: 4 });
};

const stepIn = (precision: 'float32' | 'bfloat16') => {
  const plan = planStep({ forward: network, recipe: recipeOf({ precision }), input: PIXELS, side: PIXELS, padding: 0 });
  return withPrecision(record(trainingStep(plan)), precision);
};

it('the features of the CPU are read only for products in bfloat16 on a CPU', () => {
  const [float32, bfloat16] = [stepIn('float32'), stepIn('bfloat16')];
  vi.clearAllMocks();
  fuse(float32, { device: 'cpu' });
  fuse(bfloat16, { device: 'gpu' });
  fuse(bfloat16, { device: 'cpu', compile: 'xla' });
  expect(findCpuFeatures).not.toHaveBeenCalled();
  fuse(bfloat16, { device: 'cpu' });
  expect(findCpuFeatures).toHaveBeenCalledOnce();
});

it('the gradients of groups are split after their products in bfloat16 have become products in float32', () => {
  const { ops } = fuse(stepIn('bfloat16'), { device: 'cpu', bfloat16Products: false, groupedGradients: false });
  const products = ops.filter(({ name }) => /^Conv2D|MatMul$/.test(name));
  expect(products.map((op) => readAttribute(op, 'T')).filter((type) => type !== DataType.float)).toEqual([]);
  expect(products.filter(({ name }) => name === 'Conv2DBackpropFilter').length).toBeGreaterThanOrEqual(4);
  expect(ops.filter(({ name, inputs }) => name === 'Split' && inputs[1]!.dtype !== DataType.float)).toEqual([]);
});
