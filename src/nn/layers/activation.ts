import { defineOp } from '../define.ts';
import { add, multiply, op, scalar, T } from '../raw.ts';
import type { Tensor } from '../tensor.ts';

/** An activation with one op forward and one backward; the gradient op takes dy and the output. */
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

const productOp = defineOp({
  name: 'Product',
  inputs: ['a', 'b'],
  saves: ['a', 'b'],
  forward: ({ a, b }) => multiply(a, b),
  gradient: ({ dy, a, b }) => ({ a: () => multiply(dy, b), b: () => multiply(dy, a) }),
});

/** a * b for tensors of the same shape. */
export const product = (a: Tensor, b: Tensor): Tensor => productOp({ a, b }, undefined);

/** relu6(x + 3) / 6. The gradient is 1 / 6 for -3 < x < 3, else 0. */
const hardSigmoidOp = defineOp({
  name: 'HardSigmoid',
  inputs: ['x'],
  saves: ['x'],
  forward: ({ x }) => multiply(op('Relu6', [T], [add(x, scalar(3))]), scalar(1 / 6)),
  gradient: ({ dy, x }) => ({
    x: () => op('Relu6Grad', [T], [multiply(dy, scalar(1 / 6)), add(x, scalar(3))]),
  }),
});

/** max(x, 0), any shape. */
export const relu = (x: Tensor): Tensor => reluOp({ x }, undefined);

/** min(max(x, 0), 6), any shape (as in Howard et al. 2017). */
export const relu6 = (x: Tensor): Tensor => relu6Op({ x }, undefined);

/** 1 / (1 + exp(-x)), any shape. */
export const sigmoid = (x: Tensor): Tensor => sigmoidOp({ x }, undefined);

/** x * sigmoid(x), any shape (Ramachandran et al. 2017; SiLU in PyTorch). */
export const swish = (x: Tensor): Tensor => product(x, sigmoid(x));

/** min(max(x + 3, 0), 6) / 6, any shape (Howard et al. 2019, section 5.2). */
export const hardSigmoid = (x: Tensor): Tensor => hardSigmoidOp({ x }, undefined);

/** x * hardSigmoid(x), any shape (Howard et al. 2019, section 5.2). */
export const hardSwish = (x: Tensor): Tensor => product(x, hardSigmoid(x));
