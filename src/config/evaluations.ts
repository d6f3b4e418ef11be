import type { RunConfig } from './run.ts';

/** Training images between two evaluations of a run; not rounded. */
export const evaluationInterval = ({ evaluateEvery: every }: RunConfig, trainExamples: number): number =>
  'examples' in every ? every.examples : every.epochs * trainExamples;

/** The number of whole intervals in a number of training images. */
const wholeIntervals = (examples: number, interval: number): number =>
  // The small addend corrects rounding: three thirds of an epoch are one epoch.
  Math.floor(examples / interval + 1e-9);

/** Whether step number `step` (from 1) of `batch` images reaches a multiple of the interval. */
export const reachesInterval = (step: number, batch: number, interval: number): boolean =>
  wholeIntervals(step * batch, interval) > wholeIntervals((step - 1) * batch, interval);

/** The number of evaluations of a run that ends after `steps` steps: where a step reaches an interval, and after the last step. */
export function countEvaluations(steps: number, batch: number, interval: number): number {
  if (interval <= batch) return steps;
  const last = reachesInterval(steps, batch, interval) ? 0 : 1;
  return wholeIntervals(steps * batch, interval) + last;
}
