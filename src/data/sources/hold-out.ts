import { permutation, Purpose, RandomSequence } from '../random.ts';

/** How a folder without validation images gets some: this part of every class, chosen by the seed. */
export interface HoldOut {
  /** Between 0 and 1. */
  readonly fraction: number;
  readonly seed: number;
}

export const describeHoldOut = ({ fraction, seed }: HoldOut): string =>
  `${Number((100 * fraction).toFixed(6))} % of every class held out for validation, seed ${seed}`;

/**
 * Which of a class' images are held out: the part of them nearest to the fraction, but one at least and never all; a
 * class of one image keeps it for training. Depends on (seed, class, count) only.
 */
export function holdOutSplit(count: number, label: number, { fraction, seed }: HoldOut): Set<number> {
  const wanted = Math.max(1, Math.round(fraction * count));
  const random = new RandomSequence(seed, Purpose.part, HELD_OUT, label);
  return new Set(permutation(count, random).subarray(0, Math.min(wanted, count - 1)));
}

/** Beside 0 and 1, which are the parts of training and validation (part.ts). */
const HELD_OUT = 2;
