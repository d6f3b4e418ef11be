import { describe, expect, it } from 'vitest';
import { countForward } from '../../../src/engine/count.ts';
import * as nn from '../../../src/nn/index.ts';
import type { Scope, Tensor } from '../../../src/nn/index.ts';

type Build = (layers: typeof nn, net: Scope, x: Tensor, options: never) => Tensor | Tensor[];

/** Counts a network with one layer, whose options are not checked by types. */
function count(build: Build, options: unknown): number {
  return countForward({
    forward: (net, images) => {
      const y = build(nn, net.at('one'), images, options as never);
      return Array.isArray(y) ? y[0]! : y;
    },
    input: 8,
  }).macs;
}

const conv: Build = ({ conv2d }, net, x, options) => conv2d(net, x, options);
const linear: Build = (layers, net, x, options) => layers.linear(net, x, options);
const maxPool: Build = (layers, _net, x, options) => layers.maxPool(x, options);
const filters = (others: object) => ({ filters: 4, kernel: 3, ...others });

describe('the options of a layer', () => {
  it.each<[string, Build, unknown, string]>([
    [
      'conv2d',
      conv,
      filters({ strides: 2 }),
      'layer one: conv2d has no option strides (value 2): remove or correct it;',
    ],
    ['conv2d', conv, filters({ strides: 2 }), 'the options are filters, kernel, stride, padding, groups, bias'],
    ['conv2d', conv, filters({ toString: 2 }), 'layer one: conv2d has no option toString'],
    ['conv2d', conv, filters({ filters: 0 }), 'layer one: conv2d: filters is 0, expected a whole number of at least 1'],
    ['conv2d', conv, filters({ filters: 1.5 }), 'filters is 1.5, expected'],
    ['conv2d', conv, filters({ filters: NaN }), 'filters is NaN, expected'],
    ['conv2d', conv, { kernel: 3 }, 'filters is undefined, expected'],
    ['conv2d', conv, filters({ stride: 0 }), 'stride is 0, expected'],
    ['conv2d', conv, filters({ padding: [1, -1] }), 'padding is [1,-1], expected'],
    ['conv2d', conv, filters({ bias: 'yes' }), 'bias is "yes", expected true or false'],
    ['conv2d', conv, filters({ initialize: { nrmal: 1 } }), 'initialize is {"nrmal":1}, expected one of'],
    ['linear', linear, { units: 4, bais: false }, 'layer one: linear has no option bais (value false)'],
    ['linear', linear, { units: -1 }, 'layer one: linear: units is -1, expected'],
    ['maxPool', maxPool, { kernel: 2, stride: 2, pad: 1 }, 'maxPool has no option pad (value 1)'],
    ['maxPool', maxPool, { kernel: 2 }, 'maxPool: stride is undefined, expected'],
    ['averagePool', (l, _, x, o) => l.averagePool(x, o), { kernel: 2, stride: 2, ceil: true }, 'no option ceil'],
    ['batchNorm', (l, net, x, o) => l.batchNorm(net, x, o), { eps: 1 }, 'layer one: batchNorm has no option eps'],
    ['layerNorm', (l, net, x, o) => l.layerNorm(net, x, o), { eps: 1 }, 'layer one: layerNorm has no option eps'],
    ['layerScale', (l, net, x, o) => l.layerScale(net, 's', 3, o)(x), { inital: 1 }, 'has no option inital'],
    ['localResponseNorm', (l, _, x, o) => l.localResponseNorm(x, o), { size: 5 }, 'alpha is undefined'],
    ['patchEmbedding', (l, net, x, o) => l.patchEmbedding(net, x, o), { patch: 2, channel: 4 }, 'no option channel '],
    ['blurPool', (l, _, x, o) => l.blurPool(x, o), { size: 3, strid: 2 }, 'blurPool has no option strid'],
    ['batchedProduct', (l, _, x, o) => l.batchedProduct(x, x, o), { transpose: true }, 'no option transpose'],
    ['dropout', (l, net, x, o) => l.dropout(net, x, o), 1, 'layer one: dropout: rate is 1, expected a number from 0'],
    ['stochasticDepth', (l, net, x, o) => l.stochasticDepth(net, x, o), NaN, 'rate is NaN'],
    ['attention', (l, net, x, o) => l.attention(net, x, o), 0, 'layer one: attention: heads is 0'],
    ['scaleBy', (l, _, x, o) => l.scaleBy(x, o), '2', 'scaleBy: factor is "2", expected a number'],
    ['splitChannels', (l, _, x, o) => l.splitChannels(x, o), 1.5, 'splitChannels: parts is 1.5'],
    ['channelShuffle', (l, _, x, o) => l.channelShuffle(x, o), 0, 'channelShuffle: groups is 0'],
    [
      'splitChannels',
      (l, _, x, o) => l.splitChannels(x, o),
      2,
      'splitChannels: parts is 2, expected a number that divides the 3 channels',
    ],
    [
      'channelShuffle',
      (l, _, x, o) => l.channelShuffle(x, o),
      2,
      'channelShuffle: groups is 2, expected a number that divides the 3 channels',
    ],
    [
      'adaptiveAveragePool',
      (l, _, x, o) => l.adaptiveAveragePool(x, o),
      [0, 2],
      'output is [0,2], expected [height, width]',
    ],
    ['adaptiveAveragePool', (l, _, x, o) => l.adaptiveAveragePool(x, o), 2, 'output is 2, expected [height, width]'],
    ['layerScale', (l, net, x, o) => l.layerScale(net, 's', 3, o)(x), undefined, 'the options are undefined'],
    ['localResponseNorm', (l, _, x, o) => l.localResponseNorm(x, o), { size: 4 }, 'size is 4, expected an odd whole'],
    ['maxPool', maxPool, { kernel: 3, stride: 2, padding: 2 }, 'padding is 2, expected at most half of the window'],
    [
      'averagePool',
      (l, _, x, o) => l.averagePool(x, o),
      { kernel: 1, stride: 1, padding: 1 },
      'padding is 1, expected',
    ],
  ])('of %s are checked (%#)', (_name, build, options, message) => {
    expect(() => count(build, options)).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringContaining(message) as string }),
    );
  });

  it('may be undefined where they have a default', () => {
    expect(count(conv, filters({ stride: undefined, bias: undefined }))).toBe(count(conv, filters({})));
  });
});
