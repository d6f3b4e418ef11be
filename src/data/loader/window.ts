import type { AugmentationConfig } from '../augment/schema.ts';
import { Purpose, RandomSequence } from '../random.ts';
import type { EpochPosition } from './order.ts';

/** Whether the augmentation changes colours. The graph cannot do that, so threads crop and change the pixels. */
export const changesColors = ({ automatic, colorJitter, lighting }: AugmentationConfig): boolean =>
  automatic !== undefined || colorJitter !== undefined || (lighting ?? 0) > 0;

/**
 * The padding with which the graph can take square images of `side` unchanged: it pads them, crops a window of the input
 * size and mirrors it. Undefined if the images must be resized or their colours changed first.
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
 * @param room the rows and columns by which the image is larger than the window.
 */
export function randomWindow(
  seed: number,
  epoch: number,
  example: number,
  room: { height: number; width: number },
): { top: number; left: number } {
  const random = new RandomSequence(seed, Purpose.crop, epoch, example);
  return { top: random.below(room.height + 1), left: random.below(room.width + 1) };
}

/**
 * 1 if the image is mirrored, otherwise 0. With `flip: true` at random (probability 0.5) each time; alternating, at random in the
 * first epoch and the other way round in every other epoch.
 */
export function flipOf(
  flip: AugmentationConfig['flip'],
  seed: number,
  { epoch, example, draw }: EpochPosition,
): number {
  if (flip === false) return 0;
  const random = (time: number): number => new RandomSequence(seed, Purpose.flip, time, example).uint32() >>> 31;
  return flip === 'alternating' ? (random(0) + epoch) % 2 : random(draw);
}

/** The pixel of an image that a padded image shows, where its border is reflected: -1 is 1, and `side` is `side` - 2. */
export const reflectedIndex = (index: number, side: number): number =>
  index < 0 ? -index : index >= side ? 2 * (side - 1) - index : index;
