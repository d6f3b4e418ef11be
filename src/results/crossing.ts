import type { FixedLevel, Metric } from '../config/level.ts';
import type { Crossing, CurvePoint } from './measurement.ts';

/** The accuracy of an evaluation, a fraction of 1: of the averaged weights where the recipe keeps them. */
export const accuracyAt = (point: Pick<CurvePoint, Metric | 'averaged'>, metric: Metric): number =>
  (point.averaged ?? point)[metric];

/** The accuracy in whole multiples of `points`; 1e-9 keeps 79.05 a tie although 0.7905 has no exact binary form. */
const roundedTo = (accuracy: number, points: number): number =>
  points === 0 ? accuracy : Math.round((accuracy * 100) / points + 1e-9);

/**
 * Whether an accuracy (a fraction of 1) counts as reaching the level. Both sides are rounded: an anchor's own result of
 * 79.04 must reach the level it sets.
 */
export function reachesLevel(accuracy: number, level: FixedLevel): boolean {
  const { strict, roundToPoints } = level.rule;
  const is = roundedTo(accuracy, roundToPoints);
  const wanted = roundedTo(level.value, roundToPoints);
  return strict ? is > wanted : is >= wanted;
}

/** The index of the first of the rule's evaluations in a row that reach the level, or -1. */
export function crossingIndex(curve: readonly CurvePoint[], level: FixedLevel): number {
  let inARow = 0;
  for (const [index, point] of curve.entries()) {
    inARow = reachesLevel(accuracyAt(point, level.metric), level) ? inARow + 1 : 0;
    if (inARow === level.rule.evaluationsInARow) return index - inARow + 1;
  }
  return -1;
}

/** The crossing of a level on a recorded curve; null if the curve does not reach it. */
export function findCrossing(curve: readonly CurvePoint[], level: FixedLevel): Crossing | null {
  const point = curve[crossingIndex(curve, level)];
  if (point === undefined) return null;
  const { examples, epochs, steps, macs, flops, paperTeraflopSecondDays, trainingSeconds } = point;
  return {
    examples,
    epochs,
    steps,
    macs,
    flops,
    paperTeraflopSecondDays,
    trainingSeconds,
    accuracy: accuracyAt(point, level.metric),
  };
}
