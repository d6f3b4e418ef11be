import { configError } from '../../base/errors.ts';
import { defineOp } from '../define.ts';
import type { Initializer } from '../initialize.ts';
import { add, broadcastTo, join, slice, sum } from '../raw.ts';
import type { Scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { sliceAlong } from './arithmetic.ts';
import { checkImages, checkShape, checkTokens } from './check-input.ts';
import { checkOptions, initializer, optional, whole } from './check-options.ts';
import { conv2d } from './convolution.ts';
import { reshapeTo } from './reshape.ts';

/** Options of `patchEmbedding`. */
export interface PatchOptions {
  /** Height and width of a patch in pixels. */
  readonly patch: number;
  /** Channels of a token. */
  readonly channels: number;
  readonly initialize?: Initializer;
  readonly initializeBias?: Initializer;
}

const patchRules = {
  patch: whole(1),
  channels: whole(1),
  initialize: optional(initializer),
  initializeBias: optional(initializer),
};

/**
 * The number of patches of images [n, h, w, c].
 * @throws UserError exit code 78 if height or width is not a multiple of the patch.
 */
export function patchCount(images: Tensor, patch: number): number {
  checkImages('patchCount', images);
  const [, height = 0, width = 0] = images.shape;
  if (height % patch === 0 && width % patch === 0) return (height / patch) * (width / patch);
  const below = Math.max(patch, Math.floor(height / patch) * patch);
  throw configError(
    `patches of ${patch} x ${patch} pixels do not cover an input of ${height} x ${width}: use an input size that is a ` +
      `multiple of ${patch}, such as ${below} or ${below + patch}`,
  );
}

/**
 * One token for each patch, row by row: images [n, h, w, c] -> [n, patches, channels], by a convolution with stride `patch`.
 * @throws UserError exit code 78 if the options are invalid, or height or width is not a multiple of the patch.
 */
export function patchEmbedding(scope: Scope, images: Tensor, options: PatchOptions): Tensor {
  checkOptions(`layer ${scope.path}: patchEmbedding`, options, patchRules);
  const { patch, channels, ...initializers } = options;
  const count = patchCount(images, patch);
  const x = conv2d(scope, images, { filters: channels, kernel: patch, stride: patch, bias: true, ...initializers });
  return reshapeTo(x, [x.shape[0], count, channels]);
}

interface Tokens {
  readonly shape: readonly number[];
}

const prependOp = defineOp({
  name: 'PrependToken',
  inputs: ['x', 'token'],
  parameters: ['token'],
  forward: ({ x, token }, { shape: [n = 0, , c = 0] }: Tokens) => join([broadcastTo(token, [n, 1, c]), x], 1),
  gradient: ({ dy }, { shape }) => ({
    x: () => slice(dy, [0, 1, 0], shape),
    token: () => sum(slice(dy, [0, 0, 0], [shape[0] ?? 0, 1, shape[2] ?? 0]), [0], true),
  }),
});

/** Puts `token` [1, 1, c] before the tokens x of each image: [n, t, c] -> [n, t + 1, c]. */
export function prependToken(x: Tensor, token: Tensor): Tensor {
  checkTokens('prependToken', x);
  checkShape('prependToken', token, [1, 1, x.shape[2]!]);
  return prependOp({ x, token }, { shape: x.shape });
}

const addPositionOp = defineOp({
  name: 'AddPosition',
  inputs: ['x', 'position'],
  parameters: ['position'],
  forward: ({ x, position }) => add(x, position),
  gradient: ({ dy }) => ({ x: () => dy.clone(), position: () => sum(dy, [0], true) }),
});

/** Adds the embedding of its position, `position` [1, t, c], to each token of x [n, t, c]. */
export function addPosition(x: Tensor, position: Tensor): Tensor {
  checkTokens('addPosition', x);
  checkShape('addPosition', position, [1, ...x.shape.slice(1)]);
  return addPositionOp({ x, position }, undefined);
}

/** The first token of each image, [n, t, c] -> [n, c]. */
export function classToken(x: Tensor): Tensor {
  checkTokens('classToken', x);
  const [n = 0, , c = 0] = x.shape;
  return reshapeTo(sliceAlong(x, 1, 0, 1), [n, c]);
}
