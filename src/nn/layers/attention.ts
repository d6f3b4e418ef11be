import { configError } from '../../base/errors.ts';
import { defineOp } from '../define.ts';
import { bool, int, integer, join, multiply, op, ops, reshape, scalar, subtract, sum, T, transpose } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { checkShape, checkTokens } from './check-input.ts';
import { checkOptions, finite, flag, optional, whole } from './check-options.ts';

const product = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor =>
  op('BatchMatMulV2', [T, bool('adj_x', transposeA), bool('adj_y', transposeB)], [a, b]);

const batchedProductOp = defineOp({
  name: 'BatchedProduct',
  inputs: ['a', 'b'],
  saves: ['a', 'b'],
  forward: ({ a, b }, { transposeB }: { readonly transposeB: boolean }) => product(a, b, false, transposeB),
  gradient: ({ dy, a, b }, { transposeB }) => ({
    a: () => product(dy, b, false, !transposeB),
    b: () => (transposeB ? product(dy, a, true, false) : product(a, dy, true, false)),
  }),
});

/** Matrix products of a [..., r, k] and b [..., k, c] (with `transposeB` [..., c, k]). The leading dimensions must be equal. */
export function batchedProduct(a: Tensor, b: Tensor, options: { readonly transposeB?: boolean } = {}): Tensor {
  checkOptions('batchedProduct', options, { transposeB: optional(flag) });
  const { transposeB = false } = options;
  const shared = a.shape.at(-1)!;
  checkShape('batchedProduct', b, [...a.shape.slice(0, -2), ...(transposeB ? ['c', shared] : [shared, 'c'])]);
  return batchedProductOp({ a, b }, { transposeB });
}

const softmaxOp = defineOp({
  name: 'Softmax',
  inputs: ['x'],
  outputs: ['y'],
  saves: ['y'],
  forward: ({ x }) => op('Softmax', [T], [x]),
  // y (dy - sum(dy y))
  gradient: ({ dy, y }) => ({ x: () => multiply(y, subtract(dy, sum(multiply(dy, y), [-1], true))) }),
});

/** exp(x) / sum(exp(x)) over the last dimension, any shape. */
export const softmax = (x: Tensor): Tensor => softmaxOp({ x }, undefined);

const scaleOp = defineOp({
  name: 'ScaleBy',
  inputs: ['x'],
  forward: ({ x }, { factor }: { readonly factor: number }) => multiply(x, scalar(factor)),
  gradient: ({ dy }, { factor }) => ({ x: () => multiply(dy, scalar(factor)) }),
});

/** x times a constant, any shape. */
export function scaleBy(x: Tensor, factor: number): Tensor {
  checkOptions('scaleBy', { factor }, { factor: finite });
  return scaleOp({ x }, { factor });
}

interface Heads {
  readonly images: number;
  readonly tokens: number;
  readonly heads: number;
  /** Channels of a head. */
  readonly channels: number;
}

/** [n, t, 3 h c] -> three times [n, h, t, c]. */
const splitHeads = defineOp({
  name: 'SplitHeads',
  inputs: ['x'],
  forward: ({ x }, { images, tokens, heads, channels }: Heads) => {
    const parts = transpose(reshape(x, [images, tokens, 3, heads, channels]), [2, 0, 3, 1, 4]);
    const stacked = reshape(parts, [3 * images, heads, tokens, channels]);
    return ops('Split', [T, int('num_split', 3)], [integer(0), stacked], 3);
  },
  gradient: ({ dys }, { images, tokens, heads, channels }) => ({
    x: () => {
      const parts = reshape(join(dys, 0), [3, images, heads, tokens, channels]);
      return reshape(transpose(parts, [1, 3, 0, 2, 4]), [images, tokens, 3 * heads * channels]);
    },
  }),
});

/** [n, h, t, c] -> [n, t, h c] */
const joinHeads = defineOp({
  name: 'JoinHeads',
  inputs: ['x'],
  forward: ({ x }, { images, tokens, heads, channels }: Heads) =>
    reshape(transpose(x, [0, 2, 1, 3]), [images, tokens, heads * channels]),
  gradient: ({ dy }, { images, tokens, heads, channels }) => ({
    x: () => transpose(reshape(dy, [images, tokens, heads, channels]), [0, 2, 1, 3]),
  }),
});

/**
 * Scaled dot-product attention in several heads (Vaswani et al. 2017, section 3.2): softmax(q k^T / sqrt(c / heads)) v in each
 * head. `projected` [n, t, 3 c] has queries, keys and values side by side; the result is [n, t, c]. The queries are scaled
 * instead of the scores, because they are fewer numbers.
 * @throws UserError exit code 78 if the heads do not divide the channels.
 */
export function attention(scope: Scope, projected: Tensor, heads: number): Tensor {
  checkOptions(`layer ${scope.path}: attention`, { heads }, { heads: whole(1) });
  checkTokens(`layer ${scope.path}: attention`, projected);
  const [images = 0, tokens = 0, threefold = 0] = projected.shape;
  const width = threefold / 3;
  if (width % heads !== 0)
    throw configError(
      `layer ${scope.path}: ${heads} heads do not divide ${width} channels: choose a number of heads that divides them`,
    );
  const shape = { images, tokens, heads, channels: width / heads };
  const [q, k, v] = splitHeads.all({ x: projected }, shape, scope.path);
  const scaled = scaleBy(q!, 1 / Math.sqrt(shape.channels));
  const weights = softmax(batchedProduct(scaled, k!, { transposeB: true })); // [n, heads, t, t]
  return joinHeads({ x: batchedProduct(weights, v!) }, shape);
}
