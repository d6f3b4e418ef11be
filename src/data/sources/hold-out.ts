import { formatShortPercent } from '../../base/format.ts';
import { permutation, Purpose, RandomSequence } from '../random.ts';

/** How to choose validation images from the training images. */
export interface HoldOut {
  /** Of each class, between 0 and 1. */
  readonly fraction: number;
  readonly seed: number;
}

export const describeHoldOut = ({ fraction, seed }: HoldOut): string =>
  `${formatShortPercent(fraction)} of every class held out for validation, seed ${seed}`;

/**
 * The indices of the held-out images of a class: round(fraction x count), but at least one and never all. A class with one
 * image keeps it for training. Depends only on (seed, class, count).
 */
export function holdOutSplit(count: number, label: number, { fraction, seed }: HoldOut): Set<number> {
  const heldOut = Math.max(1, Math.round(fraction * count));
  const random = new RandomSequence(seed, Purpose.part, HELD_OUT, label);
  return new Set(permutation(count, random).subarray(0, Math.min(heldOut, count - 1)));
}

/** A sequence of its own: part.ts uses 0 and 1 for subsets of training and validation. */
const HELD_OUT = 2;
