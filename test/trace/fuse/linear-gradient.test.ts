import { afterEach, describe, expect, it, vi } from 'vitest';
import { planStep } from '../../../src/engine/plan.ts';
import { withPrecision } from '../../../src/engine/precision.ts';
import { trainingStep } from '../../../src/engine/step.ts';
import { conv2d, flatten, globalAveragePool, linear, relu, type Scope, type Tensor } from '../../../src/nn/index.ts';
import { fuse } from '../../../src/trace/fuse/fuse.ts';
import { record } from '../../../src/trace/record.ts';
import { largest, recipeOf, weightChange } from '../../support/engines.ts';
import { PIXELS } from '../../support/layer-kinds.ts';

type Network = (net: Scope, images: Tensor) => Tensor;

const stem = (net: Scope, x: Tensor): Tensor => relu(conv2d(net.at('stem'), x, { filters: 40, kernel: 3, padding: 1 }));

/** The linear layer `fc` with some inputs and units, and one to the classes. */
const networks: Readonly<Record<string, Network>> = {
  '40 inputs, 70 units': (net, x) =>
    linear(net.at('out'), relu(linear(net.at('fc'), globalAveragePool(stem(net, x)), { units: 70 })), { units: 4 }),
  '3240 inputs, 33 units': (net, x) =>
    linear(net.at('out'), relu(linear(net.at('fc'), flatten(stem(net, x)), { units: 33 })), { units: 4 }),
  '40 inputs, 4 units': (net, x) => linear(net.at('fc'), globalAveragePool(stem(net, x)), { units: 4 }),
};

const recipeWith = (batch: number) =>
  recipeOf({ batch, precision: 'bfloat16', learningRate: 0.5, optimizer: { name: 'sgd', momentum: 0 } });

/** The change of the weight of `fc` in the first step, with doubletime's or TensorFlow's kernels. */
function changeOf(network: Network, batch: number, kernels: string): number[] {
  vi.stubEnv('DOUBLETIME_KERNELS', kernels);
  return weightChange('fc', network, PIXELS, recipeWith(batch));
}

const opsOf = (network: Network, precision: 'float32' | 'bfloat16') => {
  const size = { input: PIXELS, side: PIXELS, padding: 0 };
  const step = record(trainingStep(planStep({ forward: network, recipe: recipeWith(4), ...size })));
  return fuse(withPrecision(step, precision), { device: 'cpu', bfloat16Products: true }).ops.filter(
    ({ layer }) => layer === 'fc',
  );
};

afterEach(() => {
  vi.unstubAllEnvs();
});

const cases = Object.entries(networks).flatMap(([name, network]) =>
  [4, 5, 1].map((batch) => ({ name, network, batch })),
);

describe("the gradient of a linear layer's weight in bfloat16", () => {
  it.each(cases)("is TensorFlow's except for rounding: $name, $batch images", ({ network, batch }) => {
    const own = changeOf(network, batch, 'doubletime');
    const tensorflow = changeOf(network, batch, 'tensorflow');
    expect(largest(tensorflow)).toBeGreaterThan(1e-4);
    const difference = largest(own.map((value, i) => value - tensorflow[i]!));
    // A bfloat16 has 8 significant bits, and both sides round once.
    expect(difference / largest(tensorflow)).toBeLessThanOrEqual(2 ** -8);
  });

  it.each(Object.entries(networks))('is one op with the cast to float32: %s', (_, network) => {
    const ops = opsOf(network, 'bfloat16').filter(({ direction }) => direction !== 'forward');
    expect(ops.map(({ name }) => name)).toContain('DoubletimeLinearGradient');
    const shape = ops.find(({ name }) => name === 'DoubletimeLinearGradient')!.outputs[0]!.shape;
    const casts = ops.filter(({ name, outputs }) => name === 'Cast' && outputs[0]!.shape.join() === shape.join());
    expect(casts).toEqual([]);
  });

  it('has the same bits in every run', () => {
    const network = networks['3240 inputs, 33 units']!;
    expect(changeOf(network, 5, 'doubletime')).toEqual(changeOf(network, 5, 'doubletime'));
  });

  it("stays TensorFlow's in float32", () => {
    const names = opsOf(networks['40 inputs, 70 units']!, 'float32').map(({ name }) => name);
    expect(names).toContain('MatMul');
    expect(names).not.toContain('DoubletimeLinearGradient');
  });
});
