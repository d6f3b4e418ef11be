import { describe, expect, it } from 'vitest';
import { countRecording } from '../../src/flops/count.ts';
import { countOpFlops } from '../../src/flops/op-flops.ts';
import {
  attention,
  classToken,
  conv2d,
  dropout,
  globalAveragePool,
  layerNorm,
  linear,
  patchEmbedding,
  type Scope,
  type Tensor,
} from '../../src/nn/index.ts';
import type { Forward } from '../../src/nn/scope.ts';
import { stepFunctions, recordFunctions } from '../../src/engine/create-engine.ts';
import { planStep } from '../../src/engine/plan.ts';
import type { RecordedOp } from '../../src/trace/recording.ts';
import { recipeOf } from '../support/engines.ts';
import { layerKinds, PIXELS } from '../support/layer-kinds.ts';

function count(forward: Forward, { batch = 2, pixels = PIXELS, recipe = {} } = {}) {
  const options = { input: pixels, side: pixels, padding: 0 };
  const plan = planStep({ ...options, forward, recipe: recipeOf({ batch, ...recipe }) });
  return countRecording(recordFunctions(stepFunctions(plan)).get('train')!);
}

/** Two convolutions, the second of the kind under test, on 9 x 9 images, 3 to 8 to 16 channels. */
const twoConvolutions =
  (groups: number, stride: number): Forward =>
  (net: Scope, x) => {
    const y = conv2d(net.at('first'), x, { filters: 8, kernel: 3, padding: 1 });
    const z = conv2d(net.at('second'), y, { filters: 16, kernel: 5, padding: 2, stride, groups });
    return linear(net.at('fc'), globalAveragePool(z), { units: 4, bias: false });
  };

describe('MACs', () => {
  it.each([
    [1, 1],
    [4, 1],
    [8, 1],
    [1, 2],
    [4, 2],
    [8, 2],
  ])('of a convolution in %i groups with stride %i, each gradient as much as forward', (groups, stride) => {
    const { layers } = count(twoConvolutions(groups, stride));
    const macs = (name: string) => layers.find(({ layer }) => layer === name)!.macs;
    const outputs = 2 * Math.ceil(9 / stride) ** 2 * 16;
    const expected = outputs * 5 * 5 * (8 / groups);
    expect(macs('second')).toEqual({
      forward: expected,
      inputGradients: expected,
      weightGradients: expected,
      step: 3 * expected,
    });
    const first = 2 * 9 * 9 * 8 * 3 * 3 * 3;
    // The gradient of the images is not computed.
    expect(macs('first')).toEqual({
      forward: first,
      inputGradients: 0,
      weightGradients: first,
      step: 2 * first,
    });
  });

  it('of a linear layer [2, 16] -> [2, 4]', () => {
    const { layers } = count(twoConvolutions(1, 1));
    const macs = 2 * 16 * 4;
    expect(layers.find(({ layer }) => layer === 'fc')!.macs.step).toBe(3 * macs);
  });
});

/** Two images of 9 pixels as 9 tokens of 8 channels each, through one layer, to the mean of the tokens. */
const overTokens =
  (layer: (net: Scope, x: Tensor) => Tensor): Forward =>
  (net, images) => {
    const tokens = patchEmbedding(net.at('patches'), images, { patch: 3, channels: 8 });
    return linear(net.at('fc'), classToken(layer(net.at('layer'), tokens)), { units: 4 });
  };
const layerOf = (forward: Forward, name: string) => count(forward).layers.find(({ layer }) => layer === name)!;

describe('attention over t tokens with c channels in h heads', () => {
  const [images, tokens, channels, heads] = [2, 9, 8, 2];
  const forward = overTokens((net, x) => {
    const qkv = linear(net.at('qkv'), x, { units: 3 * channels, bias: false });
    return linear(net.at('proj'), attention(net, qkv, heads), { units: channels, bias: false });
  });

  it('has t^2 c MACs for the scores and t^2 c for their product with the values, twice that in the gradients', () => {
    const products = 2 * images * tokens ** 2 * channels;
    expect(layerOf(forward, 'layer').macs).toEqual({
      forward: products,
      // Of each product, the gradients of both of its sides.
      inputGradients: 2 * products,
      weightGradients: 0,
      step: 3 * products,
    });
  });

  it('has 3 c^2 and c^2 MACs a token in the projections', () => {
    const projection = images * tokens * channels ** 2;
    expect(layerOf(forward, 'layer.qkv').macs.step).toBe(3 * 3 * projection);
    expect(layerOf(forward, 'layer.proj').macs.step).toBe(3 * projection);
  });

  it('has 1 other operation for each query and 5 for each score; 1 and 4 in the gradients', () => {
    const { macs, flops } = layerOf(forward, 'layer');
    const queries = images * tokens * channels;
    const scores = images * heads * tokens ** 2;
    expect(flops - 2 * macs.step).toBe(2 * queries + (5 + 4) * scores);
  });
});

it('layer norm over r rows of c channels: 7 c + 2 operations a row forward, 11 c backward', () => {
  const [rows, channels] = [2 * 9, 8];
  const { macs, flops } = layerOf(overTokens(layerNorm), 'layer');
  expect(macs.step).toBe(0);
  // Forward: mean, difference, square, mean, product, scale, offset; epsilon and root for each row. Backward: products with
  // the scale and with the normalized values and two sums; then seven for mean(dy), mean(dy x^) and what they change.
  const update = 4 * 2 * channels; // SGD with momentum, of scale and offset
  expect(flops).toBe(rows * (7 * channels + 2) + rows * 11 * channels + update);
});

describe('counts', () => {
  it.each(Object.entries(layerKinds))('are proportional to the batch: %s', (_, forward) => {
    const [two, six] = [count(forward, { batch: 2 }), count(forward, { batch: 6 })];
    expect(six.macs.step).toBe(3 * two.macs.step);
    // The update does not depend on the batch.
    const perExample = ({ flops }: typeof two) => flops.step - (flops.byKind['update'] ?? 0);
    // A few operations on scalars, such as the quotient of the mean loss, do not depend on the batch either.
    const constants = perExample(two) - (perExample(six) - perExample(two)) / 2;
    expect(Math.abs(constants)).toBeLessThanOrEqual(4);
  });

  it('do not change with dropout: its masks are counted separately', () => {
    const network =
      (rate: number): Forward =>
      (net, x) => {
        const y = conv2d(net.at('c'), x, { filters: 8, kernel: 3 });
        return linear(net.at('fc'), globalAveragePool(dropout(net.at('drop'), y, rate)), {
          units: 4,
        });
      };
    const [without, withDropout] = [count(network(0)), count(network(0.5))];
    expect(withDropout.macs).toEqual(without.macs);
    expect(withDropout.flops.step).toBe(without.flops.step);
    expect(without.flops.outside.mask).toBe(0);
    expect(withDropout.flops.outside.mask).toBeGreaterThan(0);
  });

  it('by kind and by layer add up to those of the step', () => {
    const { flops, layers, macs } = count(layerKinds['squeeze-and-excite']!);
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    expect(sum(Object.values(flops.byKind))).toBe(flops.step);
    expect(sum(layers.map((layer) => layer.flops))).toBe(flops.step);
    expect(sum(layers.map((layer) => layer.macs.step))).toBe(macs.step);
  });

  it('accumulated gradients cost the same convolutions as one batch', () => {
    const whole = count(twoConvolutions(1, 1), { batch: 4 });
    const part = count(twoConvolutions(1, 1), { batch: 4, recipe: { gradientAccumulation: 2 } });
    expect(2 * part.macs.step).toBe(whole.macs.step);
  });

  it('an op without a formula is an error that names op and layer', () => {
    const op: RecordedOp = {
      name: 'Fft',
      attributes: [],
      inputs: [],
      outputs: [],
      layer: 'layer1.0.conv1',
      direction: 'forward',
      mask: false,
    };
    expect(() => countOpFlops(op)).toThrow(/Fft.*layer1\.0\.conv1/);
  });
});
