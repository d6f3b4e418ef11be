import { defineOp } from '../define.ts';
import { multiply, op, T } from '../raw.ts';
import type { Tensor } from '../tensor.ts';

/** An activation with a gradient op of (dy, output): one op forward and one backward. */
const fromOutput = (name: string, gradient: string) =>
  defineOp({
    name,
    inputs: ['x'],
    outputs: ['y'],
    saves: ['y'],
    forward: ({ x }) => op(name, [T], [x]),
    gradient: ({ dy, y }) => ({ x: () => op(gradient, [T], [dy, y]) }),
  });

const reluOp = fromOutput('Relu', 'ReluGrad');
const relu6Op = fromOutput('Relu6', 'Relu6Grad');

const sigmoidOp = defineOp({
  name: 'Sigmoid',
  inputs: ['x'],
  outputs: ['y'],
  saves: ['y'],
  forward: ({ x }) => op('Sigmoid', [T], [x]),
  gradient: ({ dy, y }) => ({ x: () => op('SigmoidGrad', [T], [y, dy]) }),
});

/** The product of two tensors of the same shape. */
const productOp = defineOp({
  name: 'Product',
  inputs: ['a', 'b'],
  saves: ['a', 'b'],
  forward: ({ a, b }) => multiply(a, b),
  gradient: ({ dy, a, b }) => ({ a: () => multiply(dy, b), b: () => multiply(dy, a) }),
});

/** max(x, 0), any shape. */
export const relu = (x: Tensor): Tensor => reluOp({ x }, undefined);

/** min(max(x, 0), 6), any shape (as in Howard et al. 2017). */
export const relu6 = (x: Tensor): Tensor => relu6Op({ x }, undefined);

/** 1 / (1 + exp(-x)), any shape. */
export const sigmoid = (x: Tensor): Tensor => sigmoidOp({ x }, undefined);

/** x * sigmoid(x), any shape (Ramachandran et al. 2017; SiLU in PyTorch). */
export const swish = (x: Tensor): Tensor => productOp({ a: x, b: sigmoid(x) }, undefined);
