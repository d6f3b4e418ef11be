import type { Tensor } from '@tensorflow/tfjs-node-gpu';
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

const addOp = defineOp({
  name: 'Add',
  forward: ({ a, b }) => addRaw(a!, b!),
  gradient: ([dy]) => ({ a: () => dy!.clone(), b: () => dy!.clone() }),
});

/** Sum of two tensors of one shape: the end of a residual block. */
export const add = (a: Tensor, b: Tensor): Tensor => addOp({ a, b }, undefined);

const scaleOp = defineOp({
  name: 'ScaleChannels',
  forward: ({ a, b }) => multiplyRaw(a!, b!),
  saveInputs: ['a', 'b'],
  gradient: ([dy], [a, b]) => ({
    a: () => multiplyRaw(dy!, b!),
    b: () => sum(multiplyRaw(dy!, a!), [1, 2], true),
  }),
});

/** a [n, h, w, c] times b [n, 1, 1, c]: squeeze-and-excite's scaling (Hu et al. 2018, section 3). */
export const multiply = (a: Tensor, b: Tensor): Tensor => scaleOp({ a, b }, undefined);

interface Part {
  readonly axis: number;
  readonly begin: number;
  readonly size: number;
  readonly inputShape: readonly number[];
}

const partShape = ({ axis, size, inputShape }: Part): number[] =>
  inputShape.map((n, i) => (i === axis ? size : n));
const partBegin = ({ axis, begin, inputShape }: Part): number[] =>
  inputShape.map((_, i) => (i === axis ? begin : 0));

const sliceOp = defineOp<Part>({
  name: 'SliceAlong',
  forward: ({ x }, part) => slice(x!, partBegin(part), partShape(part)),
  gradient: ([dy], _, part) => ({
    x: () => {
      const rest = part.inputShape.map((n, i) =>
        i === part.axis ? n - part.begin - part.size : 0,
      );
      return pad(dy!, partBegin(part), rest);
    },
  }),
});

/** `size` entries of one axis from `begin` on. */
export const sliceAlong = (x: Tensor, axis: number, begin: number, size: number): Tensor =>
  sliceOp({ x }, { axis, begin, size, inputShape: x.shape });

const concatOp = defineOp<{
  readonly axis: number;
  readonly shapes: readonly (readonly number[])[];
}>({
  name: 'ConcatAlong',
  forward: (inputs, { axis, shapes }) =>
    join(
      shapes.map((_, i) => inputs[`x${i}`]!),
      axis,
    ),
  gradient: ([dy], _, { axis, shapes }) => {
    let begin = 0;
    return Object.fromEntries(
      shapes.map((shape, i) => {
        const from = shape.map((_n, k) => (k === axis ? begin : 0));
        begin += shape[axis] ?? 0;
        return [`x${i}`, () => slice(dy!, from, shape)];
      }),
    );
  },
});

/** Joins tensors along an axis; all other dimensions are equal. */
export const concatAlong = (parts: readonly Tensor[], axis: number): Tensor =>
  concatOp(Object.fromEntries(parts.map((part, i) => [`x${i}`, part])), {
    axis,
    shapes: parts.map((part) => part.shape),
  });

/** Joins the channels of tensors [n, h, w, c_i]. */
export const concat = (parts: readonly Tensor[]): Tensor => concatAlong(parts, 3);

const splitOp = defineOp<{ readonly parts: number; readonly axis: number }>({
  name: 'Split',
  forward: ({ x }, { parts, axis }) =>
    ops('Split', [T, int('num_split', parts)], [integer(axis), x!], parts),
  gradient: (dys, _, { axis }) => ({ x: () => join(dys, axis) }),
});

/** Channels in equal parts, [n, h, w, c] -> parts x [n, h, w, c / parts]. */
export const splitChannels = (x: Tensor, parts: number): Tensor[] =>
  splitOp.all({ x }, { parts, axis: 3 });

interface Shuffle {
  readonly groups: number;
  readonly shape: readonly number[];
}

const shuffled = (
  x: Tensor,
  [n = 0, h = 0, w = 0, c = 0]: readonly number[],
  groups: number,
): Tensor =>
  reshape(transpose(reshape(x, [n * h * w, groups, c / groups]), [0, 2, 1]), [n, h, w, c]);

const shuffleOp = defineOp<Shuffle>({
  name: 'ChannelShuffle',
  forward: ({ x }, { groups, shape }) => shuffled(x!, shape, groups),
  gradient: ([dy], _, { groups, shape }) => ({
    x: () => shuffled(dy!, shape, (shape[3] ?? 0) / groups),
  }),
});

/** Channel k of group g goes to place k * groups + g (Zhang et al. 2017, section 3.1). */
export const channelShuffle = (x: Tensor, groups: number): Tensor =>
  groups === 1 ? x : shuffleOp({ x }, { groups, shape: x.shape });

const flattenOp = defineOp<{ readonly shape: readonly number[] }>({
  name: 'Flatten',
  forward: ({ x }, { shape: [n = 0, h = 0, w = 0, c = 0] }) =>
    reshape(h * w === 1 ? x! : transpose(x!, [0, 3, 1, 2]), [n, h * w * c]),
  gradient: ([dy], _, { shape: [n = 0, h = 0, w = 0, c = 0] }) => ({
    x: () =>
      h * w === 1
        ? reshape(dy!, [n, h, w, c])
        : transpose(reshape(dy!, [n, c, h, w]), [0, 2, 3, 1]),
  }),
});

/** [n, h, w, c] -> [n, c * h * w] in PyTorch's order, channels first, so that its classifier weights fit. */
export const flatten = (x: Tensor): Tensor => flattenOp({ x }, { shape: x.shape });
