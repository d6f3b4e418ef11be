import { formatShortPercent } from '../../base/text/format.ts';
import { permutation, Purpose, RandomSequence } from '../random.ts';

/** How validation images are chosen from the training images. */
export interface HoldOut {
  /** The fraction of each class, between 0 and 1. */
  readonly fraction: number;
  readonly seed: number;
}

/** The hold-out in words, for the measurement. */
export const describeHoldOut = ({ fraction, seed }: HoldOut): string =>
  `${formatShortPercent(fraction)} of every class held out for validation, seed ${seed}`;

/**
 * The indices of the held-out images of a class: round(fraction x count), but at least one and never all. A class with one
 * image keeps it for training. Depends only on (seed, class, count).
 */
export function chooseHeldOut(count: number, label: number, { fraction, seed }: HoldOut): Set<number> {
  const heldOut = Math.max(1, Math.round(fraction * count));
  const random = new RandomSequence(seed, Purpose.part, HELD_OUT, label);
  return new Set(permutation(count, random).subarray(0, Math.min(heldOut, count - 1)));
}

/** The held-out images have their own random sequence; part.ts uses 0 and 1 for subsets of training and validation. */
const HELD_OUT = 2;
