import type { AugmentationConfig } from '../../config/augmentation.ts';
import { Purpose, RandomSequence } from '../random.ts';

/** Whether pixels change in a way that the graph does not know: then the crop comes first, in the threads. */
export const changesColors = ({ automatic, colorJitter, lighting }: AugmentationConfig): boolean =>
  automatic !== undefined || colorJitter !== undefined || (lighting ?? 0) > 0;

/**
 * Whether square images of `side` can go to the graph as they are: it pads them by `padding`, takes a window of the
 * input's size and mirrors it. Undefined where pixels must be changed first (resized, or their colours).
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

/** A random place for a window of `inner` in `outer` pixels: first row and first column. */
export function randomWindow(
  seed: number,
  epoch: number,
  example: number,
  room: { height: number; width: number },
): { top: number; left: number } {
  const random = new RandomSequence(seed, Purpose.crop, epoch, example);
  return { top: random.below(room.height + 1), left: random.below(room.width + 1) };
}

/** 1 for an image that is mirrored: every second one. */
export function randomFlip(seed: number, epoch: number, example: number): number {
  return new RandomSequence(seed, Purpose.flip, epoch, example).uint32() >>> 31;
}
