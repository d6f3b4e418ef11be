import { defineOp } from '../define.ts';
import type { Initializer } from '../initialize.ts';
import { bool, op, T, text } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

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

/** Adds the parameter `bias` [c] of the scope to the last dimension of x. */
export function addBias(scope: Scope, x: Tensor, initializer: Initializer): Tensor {
  const channels = x.shape.at(-1) ?? 0;
  const values = scope.parameter('bias', {
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
}

/** Fully connected layer, [n, in] -> [n, units], with `weight` [units, in]. */
export function linear(scope: Scope, x: Tensor, options: LinearOptions): Tensor {
  const inputs = x.shape[1] ?? 0;
  const weight = scope.parameter('weight', {
    shape: [options.units, inputs],
    layout: 'same',
    role: 'weight',
    initializer: options.initialize ?? { uniformFanIn: inputs },
  });
  const y = product({ x, weight }, undefined, scope.path);
  if (options.bias === false) return y;
  return addBias(scope, y, options.initializeBias ?? { uniformFanIn: inputs });
}
