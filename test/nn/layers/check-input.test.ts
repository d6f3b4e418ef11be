import { describe, expect, it } from 'vitest';
import { countForward, countNetwork } from '../../../src/engine/count.ts';
import { defineOp } from '../../../src/nn/define.ts';
import * as nn from '../../../src/nn/index.ts';
import type { Scope, Tensor } from '../../../src/nn/index.ts';
import { bool, multiply, op, reshape, sum, T } from '../../../src/nn/raw.ts';

/** An image [1, 4, 4, 8] and a vector [1, 8] of a network. */
type Build = (net: Scope, image: Tensor, vector: Tensor) => Tensor;

const forwardOf =
  (build: Build): nn.Forward =>
  (net, images) => {
    const image = nn.conv2d(net.at('first'), images, { filters: 8, kernel: 1 });
    return build(net.at('one'), image, nn.globalAveragePool(image));
  };

const refusal = (message: string): unknown =>
  expect.objectContaining({ message: expect.stringContaining(message) as string });

const count = (build: Build) => countForward({ forward: forwardOf(build), input: 4 });

describe('the input of a layer', () => {
  const images = 'an input has the shape [1, 8], expected [n, h, w, c]';
  it.each<[string, Build, string]>([
    ['conv2d', (net, _, v) => nn.conv2d(net, v, { filters: 4, kernel: 1 }), `layer one: conv2d: ${images}`],
    ['batchNorm', (net, _, v) => nn.batchNorm(net, v), `layer one: batchNorm: ${images}`],
    ['maxPool', (_net, _, v) => nn.maxPool(v, { kernel: 1, stride: 1 }), `maxPool: ${images}`],
    ['averagePool', (_net, _, v) => nn.averagePool(v, { kernel: 1, stride: 1 }), `averagePool: ${images}`],
    ['adaptiveAveragePool', (_net, _, v) => nn.adaptiveAveragePool(v, [2, 2]), `adaptiveAveragePool: ${images}`],
    ['globalAveragePool', (_net, _, v) => nn.globalAveragePool(v), images],
    ['blurPool', (_net, _, v) => nn.blurPool(v, { size: 1, stride: 1 }), `blurPool: ${images}`],
    ['flatten', (_net, _, v) => nn.flatten(v), `flatten: ${images}`],
    ['splitChannels', (_net, _, v) => nn.splitChannels(v, 2)[0]!, `splitChannels: ${images}`],
    ['channelShuffle', (_net, _, v) => nn.channelShuffle(v, 2), `channelShuffle: ${images}`],
    ['concat', (_net, x, v) => nn.concat([x, v]), `concat: ${images}`],
    [
      'concat',
      (_net, x) => nn.concat([x, nn.maxPool(x, { kernel: 2, stride: 2 })]),
      'concat: an input has the shape [1, 2, 2, 8], expected [1, 4, 4, any]',
    ],
    ['concat', () => nn.concat([]), 'concat: there is nothing to join'],
    [
      'add',
      (net, x) => nn.add(x, nn.conv2d(net, x, { filters: 1, kernel: 1 })),
      'add: an input has the shape [1, 4, 4, 1], expected [1, 4, 4, 8]',
    ],
    [
      'multiply',
      (_net, x) => nn.multiply(x, x),
      'multiply: an input has the shape [1, 4, 4, 8], expected [1, 1, 1, 8]',
    ],
    [
      'batchedProduct',
      (_net, x) => nn.batchedProduct(x, x),
      'an input has the shape [1, 4, 4, 8], expected [1, 4, 8, c]',
    ],
    ['attention', (net, x) => nn.attention(net, x, 2), 'layer one: attention: an input has the shape [1, 4, 4, 8]'],
    [
      'classToken',
      (_net, x) => nn.classToken(x),
      'classToken: an input has the shape [1, 4, 4, 8], expected [n, t, c]',
    ],
    ['layerScale', (net, x) => nn.layerScale(net, 's', 3, { initial: 1 })(x), 'expected [1, 4, 4, 3]'],
    ['relu', () => nn.relu(3 as never), 'Relu: the input x is 3, expected a tensor'],
    ['maxPool', () => nn.maxPool(undefined as never, { kernel: 1, stride: 1 }), 'maxPool: an input is undefined'],
  ])('of %s is checked (%#)', (_name, build, message) => {
    expect(() => count(build)).toThrow(refusal(message));
    expect(() => count(build)).toThrow(expect.objectContaining({ exitCode: 78 }));
  });
});

describe('an op of TensorFlow', () => {
  const product = (a: Tensor, b: Tensor): Tensor =>
    op('MatMul', [T, bool('transpose_a', false), bool('transpose_b', false)], [a, b]);
  const inOwnOp = (name: string, forward: (x: Tensor) => Tensor) => {
    const own = defineOp({ name: `own${name}`, inputs: ['x'], forward: ({ x }) => forward(x) });
    return (x: Tensor): Tensor => own({ x }, undefined);
  };
  const square = inOwnOp('Product', (x) => product(x, x));
  const intoSevens = inOwnOp('Reshape', (x) => reshape(x, [-1, 7]));
  it.each<[string, Build, string]>([
    ['MatMul', (_net, _, v) => square(v), 'MatMul: the shapes [1, 8] and [1, 8] do not fit'],
    ['Reshape', (_net, x) => intoSevens(x), 'Reshape: the shape [1, 4, 4, 8] does not fit: expected a shape with 128'],
  ])('%s is counted only with shapes that TensorFlow accepts', (_name, build, message) => {
    expect(() => count(build)).toThrow(refusal(message));
  });
});

describe('the gradient of an op of a network', () => {
  const logits = (net: Scope, x: Tensor): Tensor => nn.linear(net, nn.globalAveragePool(x), { units: 3 });
  const square = defineOp({
    name: 'SquareWrong',
    inputs: ['x'],
    forward: ({ x }) => multiply(x, x),
    gradient: ({ dy }) => ({ x: () => sum(dy, [0], true) }),
  });
  const final = defineOp({ name: 'Final', inputs: ['x'], forward: ({ x }) => multiply(x, x) });
  it.each([
    [square, 'the op SquareWrong: the gradient of its input x has the shape [1,4,4,8], expected [2,4,4,8]'],
    [final, 'an op has no gradient of its input x: add it'],
  ])('must exist and have the shape of the input (%#)', (own, message) => {
    const forward = forwardOf((net, x) => logits(net, own({ x }, undefined)));
    expect(() => countNetwork({ forward, input: 4, batch: 2 })).toThrow(refusal(message));
  });
});
