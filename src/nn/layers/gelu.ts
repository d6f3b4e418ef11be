import { defineOp } from '../define.ts';
import { add, multiply, op, scalar, T } from '../raw.ts';
import type { Tensor } from '../tensor.ts';
import { product } from './activation.ts';

const square = (x: Tensor): Tensor => op('Square', [T], [x]);

/** Density of the standard normal distribution at 0: 1 / sqrt(2 pi). */
const DENSITY = 1 / Math.sqrt(2 * Math.PI);

/** Cumulative distribution of the standard normal: (1 + erf(x / sqrt 2)) / 2; its derivative is exp(-x^2 / 2) / sqrt(2 pi). */
const normalDistribution = defineOp({
  name: 'NormalDistribution',
  inputs: ['x'],
  saves: ['x'],
  forward: ({ x }) => {
    const erf = op('Erf', [T], [multiply(x, scalar(Math.SQRT1_2))]);
    return multiply(add(erf, scalar(1)), scalar(0.5));
  },
  gradient: ({ dy, x }) => ({
    x: () => {
      const exponential = op('Exp', [T], [multiply(square(x), scalar(-0.5))]);
      return multiply(dy, multiply(exponential, scalar(DENSITY)));
    },
  }),
});

/** Constants of GELU's approximation: 2 sqrt(2 / pi), and the factor of x^3 (Hendrycks & Gimpel 2016, section 2). */
const SLOPE = 2 * Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;

/** (1 + tanh(u)) / 2 = sigmoid(2 u) with 2 u = SLOPE (x + CUBE x^3) = x (SLOPE + SLOPE CUBE x^2). */
const approximateDistribution = defineOp({
  name: 'ApproximateNormalDistribution',
  inputs: ['x'],
  outputs: ['y'],
  saves: ['x', 'y'],
  forward: ({ x }) => {
    const factor = add(multiply(square(x), scalar(SLOPE * CUBE)), scalar(SLOPE));
    return op('Sigmoid', [T], [multiply(x, factor)]);
  },
  gradient: ({ dy, x, y }) => ({
    x: () => {
      const slope = add(multiply(square(x), scalar(3 * SLOPE * CUBE)), scalar(SLOPE));
      return multiply(op('SigmoidGrad', [T], [y, dy]), slope);
    },
  }),
});

/** x times the cumulative distribution of the standard normal at x, any shape (Hendrycks & Gimpel 2016; nn.GELU in PyTorch). */
export const gelu = (x: Tensor): Tensor => product(x, normalDistribution({ x }, undefined));

/** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, any shape (nn.GELU(approximate='tanh') in PyTorch). */
export const geluTanh = (x: Tensor): Tensor => product(x, approximateDistribution({ x }, undefined));
