import { type FixedLevel, type Metric, roundToPoints } from '../config/level.ts';
import type { Crossing, CurvePoint } from './measurement.ts';

/** The accuracy of an evaluation, as a fraction of 1; of the averaged weights if the recipe keeps them. */
export const accuracyAt = (point: Pick<CurvePoint, Metric | 'averaged'>, metric: Metric): number =>
  (point.averaged ?? point)[metric];

/**
 * Whether an accuracy (a fraction of 1) reaches the level. Accuracy and level are both rounded as the level's rule says, so
 * that an anchor with 79.04 % reaches the level that it sets.
 */
export function reachesLevel(accuracy: number, level: FixedLevel): boolean {
  const { strict, roundToPoints: points } = level.rule;
  const reached = roundToPoints(accuracy, points);
  const required = roundToPoints(level.value, points);
  return strict ? reached > required : reached >= required;
}

/** The index of the first evaluation at the level, of as many in a row as the level's rule requires; -1 if there is none. */
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
