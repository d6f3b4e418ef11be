import { z } from 'zod';
import { configError } from '../base/errors.ts';
import { formatCount, formatMetric, formatPercent } from '../base/text/format.ts';

/** The rule that decides whether a level is reached. The config and the measurement contain it. */
const crossingRule = z.strictObject({
  /** `true`: the accuracy must be above the level; `false`: an accuracy equal to the level is enough. */
  strict: z.boolean().default(false),
  /** Accuracies are rounded to multiples of this many percentage points before the comparison; 0: no rounding. */
  roundToPoints: z.number().min(0).max(5).default(0.1),
  /** How many consecutive evaluations must reach the level; the first of them is the crossing. */
  evaluationsInARow: z.int().min(1).max(100).default(1),
});

const metric = z.enum(['top1', 'top5']);
export type Metric = z.infer<typeof metric>;

/** The accuracy to reach: a fixed value (a fraction of 1), or the final accuracy of an anchor run. */
export const levelSchema = z.strictObject({
  /** Which accuracy: top-1 or top-5. */
  metric,
  /**
   * The accuracy as a fraction of 1.
   * @example 0.791
   */
  value: z.number().gt(0).lte(1).optional(),
  /**
   * In a sweep: the name of the run that sets the level with its final accuracy.
   * @example alexnet
   */
  anchor: z.string().min(1).optional(),
  /** The rule that decides whether the level is reached. */
  rule: crossingRule.prefault({}),
});
export type Level = z.infer<typeof levelSchema>;

/**
 * The accuracy as a multiple of `points` percentage points. The 1e-9 keeps 79.05 halfway between two multiples of 0.1,
 * although 0.7905 has no exact binary form.
 */
export const roundToPoints = (accuracy: number, points: number): number =>
  points === 0 ? accuracy : Math.round((accuracy * 100) / points + 1e-9);

/** Whether an accuracy of 0 reaches a level with this value, because the rule rounds the value to 0. */
export const isReachedByZero = (value: number, { strict, roundToPoints: points }: Level['rule']): boolean =>
  !strict && roundToPoints(value, points) === 0;

/** What is wrong with a level's value, in words that follow its key; undefined if nothing is. */
export function levelValueProblem({ value, rule }: Level): string | undefined {
  if (value === undefined || !isReachedByZero(value, rule)) return undefined;
  return `is ${value}, which the rule rounds to 0 % (roundToPoints ${rule.roundToPoints}), so every network would reach it: raise it, or lower level.rule.roundToPoints`;
}

/** The id of a sweep's run ends in a part of a hash. */
const RUN_ID = /-[0-9a-f]{8}$/;

/**
 * Refuses a value beside an anchor in a run of its own: the anchor would be ignored. In a run of a sweep, the anchor's id stays beside
 * the value that it has set.
 * @throws UserError exit code 78.
 */
export function checkOwnLevel(level: Level | null): void {
  if (level?.value === undefined || level.anchor === undefined || RUN_ID.test(level.anchor)) return;
  throw configError(
    `level has the value ${level.value} and the anchor ${level.anchor}: keep the value, because only a sweep has anchors`,
  );
}

const GUESSES_PER_METRIC: Readonly<Record<Metric, number>> = { top1: 1, top5: 5 };
/** With fewer classes, random guesses give a high top-5 accuracy. */
const MIN_CLASSES_FOR_TOP5 = 20;

/**
 * Checks that the metric can distinguish networks with this number of classes.
 * @returns a warning if random guesses give a high accuracy, otherwise undefined.
 * @throws UserError exit code 78 if the metric allows as many guesses as there are classes: every network would reach 100 %.
 */
export function checkLevel({ metric }: Pick<Level, 'metric'>, classes: number): string | undefined {
  const guesses = GUESSES_PER_METRIC[metric];
  const name = formatMetric(metric);
  if (classes <= guesses) {
    throw configError(
      `level.metric is ${metric} and the dataset has ${formatCount(classes, 'class')}: ` +
        `${name} accuracy would always be 100 %, ${metric === 'top5' && classes > 1 ? 'use top1' : 'use a dataset with more classes'}`,
    );
  }
  if (metric === 'top1' || classes >= MIN_CLASSES_FOR_TOP5) return undefined;
  return `with ${classes} classes, random guesses reach a ${name} accuracy of ${formatPercent(guesses / classes)}`;
}

/** A level with a value. A run that waits for an anchor gets the value when the anchor has finished. */
export type FixedLevel = Level & { value: number };
