import { expect, it } from 'vitest';
import { conv2d, globalAveragePool, linear, relu, type Scope, type Tensor } from '../../../src/nn/index.ts';
import { planStep } from '../../../src/engine/plan.ts';
import { withPrecision } from '../../../src/engine/precision.ts';
import { trainingStep } from '../../../src/engine/step.ts';
import { DataType } from '../../../src/runtime/types.ts';
import { multiplyInFloat32 } from '../../../src/trace/fuse/bfloat16-products.ts';
import { record } from '../../../src/trace/record.ts';
import { readAttribute } from '../../../src/trace/recording.ts';
import { recipeOf } from '../../support/engines.ts';
import { PIXELS } from '../../support/layer-kinds.ts';

const network = (net: Scope, images: Tensor): Tensor => {
  const x = relu(conv2d(net.at('a'), images, { filters: 8, kernel: 3, padding: 1 }));
  const y = relu(conv2d(net.at('b'), x, { filters: 8, kernel: 3, padding: 1, groups: 4 }));
  return linear(net.at('fc'), globalAveragePool(y), { units: 4 });
};

it('products in bfloat16 become products in float32 of the rounded tensors, and their results are rounded', () => {
  const recipe = recipeOf({ precision: 'bfloat16' });
  const step = record(trainingStep(planStep({ forward: network, recipe, input: PIXELS, side: PIXELS, padding: 0 })));
  const before = withPrecision(step, 'bfloat16');
  const after = multiplyInFloat32(before);
  const isProduct = ({ name }: { name: string }): boolean => name.startsWith('Conv2D') || name === 'MatMul';
  const originals = before.ops.filter(isProduct);
  const rewritten = after.ops
    .filter(isProduct)
    .filter((_, i) => readAttribute(originals[i]!, 'T') === DataType.bfloat16);
  expect(rewritten.length).toBeGreaterThan(6);
  const makers = new Map(after.ops.flatMap((op) => op.outputs.map(({ id }) => [id, op] as const)));
  for (const op of rewritten) {
    expect(readAttribute(op, 'T')).toBe(DataType.float);
    for (const input of op.inputs.filter(({ dtype }) => dtype === DataType.float)) {
      const cast = makers.get(input.id)!;
      expect([cast.name, cast.inputs[0]!.dtype]).toEqual(['Cast', DataType.bfloat16]);
    }
    const [reader] = after.ops.filter(({ inputs }) => inputs.some(({ id }) => id === op.outputs[0]!.id));
    expect([reader!.name, reader!.outputs[0]!.dtype]).toEqual(['Cast', DataType.bfloat16]);
  }
  const ids = after.ops.flatMap(({ outputs }) => outputs.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});
