import { defineOp } from '../define.ts';
import type { Initializer } from '../initialize.ts';
import { matrixProduct, op, T, text } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { checkShape } from './check-input.ts';
import { checkOptions, flag, initializer, optional, text as name, whole } from './check-options.ts';
import { reshapeTo } from './reshape.ts';

/** x [n, in] times the transposed weight [out, in]. */
const product = defineOp({
  name: 'Linear',
  inputs: ['x', 'weight'],
  saves: ['x', 'weight'],
  parameters: ['weight'],
  forward: ({ x, weight }) => matrixProduct(x, weight, { transposeB: true }),
  gradient: ({ dy, x, weight }) => ({
    x: () => matrixProduct(dy, weight),
    weight: () => matrixProduct(dy, x, { transposeA: true }),
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

/** Adds the scope's tensor `leaf` [c] to the last dimension of x [..., c]. */
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

/** Options of `linear`. */
export interface LinearOptions {
  /** Outputs. */
  readonly units: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Default: PyTorch's, as for the bias. */
  readonly initialize?: Initializer;
  readonly initializeBias?: Initializer;
  /** Stands before `weight` and `bias` in the tensors' names; default empty. */
  readonly prefix?: string;
}

const rules = {
  units: whole(1),
  bias: optional(flag),
  initialize: optional(initializer),
  initializeBias: optional(initializer),
  prefix: optional(name),
};

/**
 * Fully connected layer over the last dimension, [..., in] -> [..., units], with `weight` [units, in] and `bias` [units]. All
 * leading dimensions together are the rows of one matrix.
 * @throws UserError exit code 78 if the options are invalid.
 */
export function linear(scope: Scope, x: Tensor, options: LinearOptions): Tensor {
  checkOptions(`layer ${scope.path}: linear`, options, rules);
  if (x.shape.length < 2) checkShape(`layer ${scope.path}: linear`, x, ['n', 'in']);
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
