import type { AugmentationConfig } from '../augment/schema.ts';
import { Purpose, RandomSequence } from '../random.ts';
import type { EpochPosition } from './order.ts';

/** Whether the augmentation changes colours. The graph cannot change colours, so threads then crop and change the pixels. */
export const changesColors = ({ automatic, colorJitter, lighting }: AugmentationConfig): boolean =>
  automatic !== undefined || colorJitter !== undefined || (lighting ?? 0) > 0;

/**
 * The padding with which the graph can take square images of `side` pixels unchanged: it pads them, crops a window of the
 * input size and mirrors it. Undefined if the images must first be resized, or their colours changed.
 */
export function windowInGraph(
  augmentation: AugmentationConfig,
  side: number,
  input: number,
): { padding: number } | undefined {
  const { crop } = augmentation;
  if (changesColors(augmentation)) return undefined;
  if (crop.name === 'none') return side === input ? { padding: 0 } : undefined;
  if (crop.name === 'paddedCrop') return side === input ? { padding: crop.padding } : undefined;
  if (crop.name === 'randomCrop') return side === crop.shorterSide ? { padding: 0 } : undefined;
  return undefined;
}

/**
 * A random position of the crop window: its first row and column.
 * @param maxOffset the largest first row and column: how much larger the image is than the window, in pixels.
 */
export function randomWindow(
  seed: number,
  epoch: number,
  example: number,
  maxOffset: { height: number; width: number },
): { top: number; left: number } {
  const random = new RandomSequence(seed, Purpose.crop, epoch, example);
  return { top: random.below(maxOffset.height + 1), left: random.below(maxOffset.width + 1) };
}

/**
 * 1 if the image is mirrored, otherwise 0. With `flip: true`, each time with probability 0.5. With `flip: alternating`, in the
 * first epoch with probability 0.5, and from then on the opposite of the epoch before.
 */
export function drawFlip(
  flip: AugmentationConfig['flip'],
  seed: number,
  { epoch, example, draw }: EpochPosition,
): number {
  if (flip === false) return 0;
  const isAlternating = flip === 'alternating';
  const random = new RandomSequence(seed, Purpose.flip, isAlternating ? 0 : draw, example).uint32() >>> 31;
  return isAlternating ? (random + epoch) % 2 : random;
}

/** The row or column of an image that a reflected border shows at `index`: 1 at -1, and `side` - 2 at `side`. */
export const reflectedIndex = (index: number, side: number): number =>
  index < 0 ? -index : index >= side ? 2 * (side - 1) - index : index;
