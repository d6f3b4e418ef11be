import { defineOp } from '../define.ts';
import type { Initializer } from '../initialize.ts';
import { bool, op, T, text } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { reshapeTo } from './reshape.ts';

const matrixProduct = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor =>
  op('MatMul', [T, bool('transpose_a', transposeA), bool('transpose_b', transposeB)], [a, b]);

/** x [n, in] times the transposed weight [out, in]. */
const product = defineOp({
  name: 'Linear',
  inputs: ['x', 'weight'],
  saves: ['x', 'weight'],
  parameters: ['weight'],
  forward: ({ x, weight }) => matrixProduct(x, weight, false, true),
  gradient: ({ dy, x, weight }) => ({
    x: () => matrixProduct(dy, weight, false, false),
    weight: () => matrixProduct(dy, x, true, false),
  }),
});

const FORMAT = text('data_format', 'NHWC');

const bias = defineOp({
  name: 'BiasAdd',
  inputs: ['x', 'bias'],
  parameters: ['bias'],
  forward: (inputs) => op('BiasAdd', [T, FORMAT], [inputs.x, inputs.bias]),
  gradient: ({ dy }) => ({ x: () => dy.clone(), bias: () => op('BiasAddGrad', [T, FORMAT], [dy]) }),
});

/** Adds the place's tensor `leaf` [c] to the last dimension of x. */
export function addBias(scope: Scope, x: Tensor, initializer: Initializer, leaf = 'bias'): Tensor {
  const channels = x.shape.at(-1) ?? 0;
  const values = scope.parameter(leaf, {
    shape: [channels],
    layout: 'same',
    role: 'bias',
    initializer,
  });
  return bias({ x, bias: values }, undefined, scope.path);
}

export interface LinearOptions {
  readonly units: number;
  readonly bias?: boolean;
  readonly initialize?: Initializer;
  readonly initializeBias?: Initializer;
  /** In front of `weight` and `bias` in the tensors' names. */
  readonly prefix?: string;
}

/** Fully connected layer over the last dimension, [..., in] -> [..., units], with `weight` [units, in]; the rows are one matrix. */
export function linear(scope: Scope, x: Tensor, options: LinearOptions): Tensor {
  const inputs = x.shape.at(-1) ?? 0;
  const prefix = options.prefix ?? '';
  const weight = scope.parameter(`${prefix}weight`, {
    shape: [options.units, inputs],
    layout: 'same',
    role: 'weight',
    initializer: options.initialize ?? { uniformFanIn: inputs },
  });
  const leading = x.shape.slice(0, -1);
  const rows = leading.reduce((a, b) => a * b, 1);
  const matrix = leading.length === 1 ? x : reshapeTo(x, [rows, inputs]);
  const y = product({ x: matrix, weight }, undefined, scope.path);
  const initializeBias = options.initializeBias ?? { uniformFanIn: inputs };
  const biased = options.bias === false ? y : addBias(scope, y, initializeBias, `${prefix}bias`);
  return leading.length === 1 ? biased : reshapeTo(biased, [...leading, options.units]);
}
