import { configError } from '../../base/errors.ts';
import { defineOp } from '../define.ts';
import {
  add as addRaw,
  int,
  integer,
  join,
  multiply as multiplyRaw,
  ops,
  pad,
  reshape,
  slice,
  sum,
  T,
  transpose,
} from '../raw.ts';
import type { Tensor } from '../tensor.ts';
import { checkImages, checkShape } from './check-input.ts';
import { checkOptions, whole } from './check-options.ts';

const addOp = defineOp({
  name: 'Add',
  inputs: ['a', 'b'],
  forward: ({ a, b }) => addRaw(a, b),
  gradient: ({ dy }) => ({ a: () => dy.clone(), b: () => dy.clone() }),
});

/** The sum of two tensors of the same shape: the end of a residual block. */
export function add(a: Tensor, b: Tensor): Tensor {
  checkShape('add', b, a.shape);
  return addOp({ a, b }, undefined);
}

const scaleOp = defineOp({
  name: 'ScaleChannels',
  inputs: ['a', 'b'],
  saves: ['a', 'b'],
  forward: ({ a, b }) => multiplyRaw(a, b),
  gradient: ({ dy, a, b }) => ({
    a: () => multiplyRaw(dy, b),
    b: () => sum(multiplyRaw(dy, a), [1, 2], true),
  }),
});

/** a [n, h, w, c] times b [n, 1, 1, c]: squeeze-and-excite's scaling (Hu et al. 2018, section 3). */
export function multiply(a: Tensor, b: Tensor): Tensor {
  checkImages('multiply', a);
  checkShape('multiply', b, [a.shape[0], 1, 1, a.shape[3]!]);
  return scaleOp({ a, b }, undefined);
}

interface Part {
  readonly axis: number;
  readonly begin: number;
  readonly size: number;
  readonly inputShape: readonly number[];
}

const partShape = ({ axis, size, inputShape }: Part): number[] => inputShape.map((n, i) => (i === axis ? size : n));
const partBegin = ({ axis, begin, inputShape }: Part): number[] => inputShape.map((_, i) => (i === axis ? begin : 0));

const sliceOp = defineOp({
  name: 'SliceAlong',
  inputs: ['x'],
  forward: ({ x }, part: Part) => slice(x, partBegin(part), partShape(part)),
  gradient: ({ dy }, part) => ({
    x: () => {
      const rest = part.inputShape.map((n, i) => (i === part.axis ? n - part.begin - part.size : 0));
      return pad(dy, partBegin(part), rest);
    },
  }),
});

/** The elements `begin` to `begin + size - 1` along an axis. */
export const sliceAlong = (x: Tensor, axis: number, begin: number, size: number): Tensor =>
  sliceOp({ x }, { axis, begin, size, inputShape: x.shape });

interface Concatenation {
  readonly axis: number;
  readonly shapes: readonly (readonly number[])[];
}

/** The inputs are the parts: `x0`, `x1`, ... */
const concatOp = defineOp({
  name: 'ConcatAlong',
  inputs: [] as readonly `x${number}`[],
  forward: (inputs, { axis }: Concatenation) => join(Object.values(inputs), axis),
  gradient: ({ dy }, { axis, shapes }) => {
    let begin = 0;
    return Object.fromEntries(
      shapes.map((shape, i) => {
        const from = shape.map((_n, k) => (k === axis ? begin : 0));
        begin += shape[axis] ?? 0;
        return [`x${i}`, () => slice(dy, from, shape)];
      }),
    );
  },
});

/** Concatenates tensors along an axis; all other dimensions must be equal. */
export function concatAlong(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (first === undefined) throw configError('concat: there is nothing to join, expected at least one tensor');
  const expected = first.shape.map((size, i) => (i === axis ? 'any' : size));
  for (const part of parts) checkShape('concat', part, expected);
  return concatOp(Object.fromEntries(parts.map((part, i) => [`x${i}`, part])), {
    axis,
    shapes: parts.map((part) => part.shape),
  });
}

/** Concatenates the channels: tensors [n, h, w, c_i] -> [n, h, w, sum of c_i]. */
export function concat(parts: readonly Tensor[]): Tensor {
  for (const part of parts) checkImages('concat', part);
  return concatAlong(parts, 3);
}

const splitOp = defineOp({
  name: 'Split',
  inputs: ['x'],
  forward: ({ x }, { parts, axis }: { readonly parts: number; readonly axis: number }) =>
    ops('Split', [T, int('num_split', parts)], [integer(axis), x], parts),
  gradient: ({ dys }, { axis }) => ({ x: () => join(dys, axis) }),
});

function checkDivides(option: string, parts: number, { shape }: Tensor): void {
  const channels = shape[3] ?? 0;
  if (channels % parts !== 0)
    throw configError(`${option} is ${parts}, expected a number that divides the ${channels} channels`);
}

/**
 * Splits the channels into equal parts: [n, h, w, c] -> `parts` tensors [n, h, w, c / parts].
 * @throws UserError exit code 78 if the parts do not divide the channels.
 */
export function splitChannels(x: Tensor, parts: number): Tensor[] {
  checkOptions('splitChannels', { parts }, { parts: whole(1) });
  checkImages('splitChannels', x);
  checkDivides('splitChannels: parts', parts, x);
  return splitOp.all({ x }, { parts, axis: 3 });
}

interface Shuffle {
  readonly groups: number;
  readonly shape: readonly number[];
}

/** Views the channels as a matrix [groups, c / groups] and transposes it. */
const shuffled = (x: Tensor, [n = 0, h = 0, w = 0, c = 0]: readonly number[], groups: number): Tensor =>
  reshape(transpose(reshape(x, [n * h * w, groups, c / groups]), [0, 2, 1]), [n, h, w, c]);

const shuffleOp = defineOp({
  name: 'ChannelShuffle',
  inputs: ['x'],
  forward: ({ x }, { groups, shape }: Shuffle) => shuffled(x, shape, groups),
  gradient: ({ dy }, { groups, shape }) => ({
    x: () => shuffled(dy, shape, (shape[3] ?? 0) / groups),
  }),
});

/**
 * Moves channel k of group g to index k * groups + g (Zhang et al. 2017, section 3.1).
 * @throws UserError exit code 78 if the groups do not divide the channels.
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  checkOptions('channelShuffle', { groups }, { groups: whole(1) });
  checkImages('channelShuffle', x);
  checkDivides('channelShuffle: groups', groups, x);
  return groups === 1 ? x : shuffleOp({ x }, { groups, shape: x.shape });
}

interface Flat {
  readonly shape: readonly number[];
}

const flattenOp = defineOp({
  name: 'Flatten',
  inputs: ['x'],
  forward: ({ x }, { shape: [n = 0, h = 0, w = 0, c = 0] }: Flat) =>
    reshape(h * w === 1 ? x : transpose(x, [0, 3, 1, 2]), [n, h * w * c]),
  gradient: ({ dy }, { shape: [n = 0, h = 0, w = 0, c = 0] }) => ({
    x: () => (h * w === 1 ? reshape(dy, [n, h, w, c]) : transpose(reshape(dy, [n, c, h, w]), [0, 2, 3, 1])),
  }),
});

/** [n, h, w, c] -> [n, c * h * w]. The order is PyTorch's, channels first, so that PyTorch's classifier weights fit. */
export function flatten(x: Tensor): Tensor {
  checkImages('flatten', x);
  return flattenOp({ x }, { shape: x.shape });
}
