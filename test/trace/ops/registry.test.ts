import { describe, expect, it } from 'vitest';
import type { NativeBinding, OpAttribute } from '../../../src/runtime/binding.ts';
import { nativeBackend } from '../../../src/runtime/tensorflow.ts';
import { stepFunctions, recordFunctions } from '../../../src/engine/create-engine.ts';
import { planStep } from '../../../src/engine/plan.ts';
import * as optimizers from '../../../src/recipe/optimizers/registry.ts';
import { inferOutputs } from '../../../src/trace/ops/registry.ts';
import { opTable } from '../../../src/trace/ops/table.ts';
import { withReplaced } from '../../../src/trace/stand-in.ts';
import { engineOf, feedsOf, recipeOf } from '../../support/engines.ts';
import { layerKinds, PIXELS } from '../../support/layer-kinds.ts';

/** Outputs of the batch norm kernels that only these kernels read. Their shapes may differ. */
const isReserve = (name: string, output: number): boolean =>
  (name === 'FusedBatchNormV3' || name === 'FusedBatchNormGradV3') && output >= 3;

/** Ops of an in-place update in eager mode. A recording has one op for it. */
const ON_RESOURCES = new Set([
  'VarHandleOp',
  'AssignVariableOp',
  'ReadVariableOp',
  'DestroyResourceOp',
  'ResourceApplyMomentum',
]);

/** Runs `body` and compares the inferred shape and type of every executed op's outputs with TensorFlow's own. */
function compare(body: () => void): { checked: number; wrong: string[] } {
  const backend = nativeBackend();
  const native = backend.binding;
  const types = new Map<number, object>();
  const wrong: string[] = [];
  let checked = 0;
  const createTensor: NativeBinding['createTensor'] = (shape, dtype, values) => {
    const id = native.createTensor(shape, dtype, values);
    types.set(id, { id, shape: [...shape], dtype, values });
    return id;
  };
  const executeOp = (name: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: number) => {
    const results = native.executeOp(name, attributes, ids, outputs);
    if (ON_RESOURCES.has(name)) {
      for (const result of results) types.set(result.id, result);
      return results;
    }
    const inputs = ids.map((id) => types.get(id) as { id: number; shape: number[]; dtype: number });
    const inferred = inferOutputs({ name, attributes, inputs, outputs });
    results.forEach(({ id, shape, dtype }, i) => {
      types.set(id, { id, shape, dtype });
      if (isReserve(name, i)) return;
      checked++;
      const expected = JSON.stringify([[...shape], dtype]);
      const actual = JSON.stringify([inferred[i]?.shape, inferred[i]?.dtype]);
      if (actual !== expected) wrong.push(`${name}[${i}]: ${actual}, TensorFlow ${expected}`);
    });
    return results;
  };
  backend.binding = withReplaced(native, { createTensor, executeOp });
  try {
    body();
  } finally {
    backend.binding = native;
  }
  return { checked, wrong };
}

describe('inferred shapes and types equal those of TensorFlow', () => {
  it.each(Object.entries(layerKinds))('%s', (_, forward) => {
    const { checked, wrong } = compare(() => {
      const recipe = recipeOf({ clipGradientNorm: 1, movingAverage: { decay: 0.9 } });
      const engine = engineOf(forward, PIXELS, 'eager', recipe);
      engine.step(feedsOf(0));
      const { images, labels } = feedsOf(0);
      engine.evaluate({ images, labels, count: 3 });
      engine.close();
    });
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThan(30);
  });

  it.each(Object.keys(optimizers))('the update of %s', (name) => {
    const { wrong } = compare(() => {
      const engine = engineOf(layerKinds['swish']!, PIXELS, 'eager', recipeOf({ optimizer: { name } }), {
        padding: 2,
      });
      engine.step(feedsOf(0));
      engine.close();
    });
    expect(wrong).toEqual([]);
  });

  it('are defined only for ops that some recipe executes', () => {
    const recipes = [
      recipeOf({ optimizer: { name: 'rmsprop' }, clipGradientNorm: 1, movingAverage: { decay: 0.9 } }),
      recipeOf({ optimizer: { name: 'adam' }, weightDecay: { value: 0.1, kind: 'decoupled' } }),
      recipeOf({ optimizer: { name: 'lion' } }),
      recipeOf({ binaryCrossEntropy: { sumClasses: true } }),
      recipeOf({ deterministic: true }),
      recipeOf({}),
    ];
    const used = new Set<string>();
    for (const forward of Object.values(layerKinds))
      for (const recipe of recipes) {
        const plan = planStep({ forward, recipe, input: PIXELS, side: PIXELS, padding: 2 });
        for (const { ops } of recordFunctions(stepFunctions(plan)).values()) for (const { name } of ops) used.add(name);
      }
    expect(Object.keys(opTable).filter((name) => !used.has(name))).toEqual([]);
  });

  it('an op without a rule is an error that names it', () => {
    expect(() => inferOutputs({ name: 'Fft', attributes: [], inputs: [], outputs: 1 })).toThrow(/Fft/);
  });
});
