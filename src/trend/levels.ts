import { canonicalJson } from '../base/json.ts';
import { dataError, ExitCode, UserError } from '../base/errors.ts';
import { formatMetric } from '../base/text/format.ts';
import { levelSchema, type FixedLevel, type Level, type Metric } from '../config/level.ts';
import { endedBelow } from './ended-below.ts';
import { accuracyAt, findCrossing } from '../results/crossing.ts';
import type { Measurement } from '../results/measurement.ts';
import { runsOfSeeds } from './networks.ts';

const isFixed = (level: Measurement['level']): level is FixedLevel => level?.value !== undefined;

/** The levels that the measurements were made for, each once, lowest first. */
export function ownLevels(measurements: readonly Measurement[]): FixedLevel[] {
  const levels = measurements.map(({ level }) => level).filter(isFixed);
  const distinct = new Map(levels.map((level) => [canonicalJson([level.metric, level.value, level.rule]), level]));
  return [...distinct.values()].sort((a, b) => a.value - b.value);
}

/** The number of measurements with each metric. Without a level, the metric is top-1 with up to 20 classes, else top-5. */
function countMetrics(measurements: readonly Measurement[]): Readonly<Record<Metric, number>> {
  const metrics = measurements.map(({ level, data }) => level?.metric ?? (data.classes.length <= 20 ? 'top1' : 'top5'));
  const top1 = metrics.filter((metric) => metric === 'top1').length;
  return { top1, top5: metrics.length - top1 };
}

/** The metric of most measurements; top-5 of as many. */
export function defaultMetric(measurements: readonly Measurement[]): Metric {
  const { top1, top5 } = countMetrics(measurements);
  return top1 > top5 ? 'top1' : 'top5';
}

/** @throws UserError exit code 64 if as many measurements have top-1 as top-5, so that a level may be an accuracy of either. */
export function refuseTiedMetrics(measurements: readonly Measurement[]): void {
  const { top1, top5 } = countMetrics(measurements);
  if (top1 !== top5 || top1 === 0) return;
  throw new UserError(
    `a level may be a top-1 or a top-5 accuracy, because of the measurements on ${measurements[0]!.data.name} ${top1} have top-1 and ${top5} have top-5: add --metric top1 or --metric top5, or name measurements with one metric`,
    ExitCode.usage,
  );
}

/** The rules of the levels of a metric, each once with a network that has it. */
function rulesOf(measurements: readonly Measurement[], metric: Metric): { rule: Level['rule']; network: string }[] {
  const rules = measurements.flatMap(({ level, network }) =>
    level?.metric === metric ? [[canonicalJson(level.rule), { rule: level.rule, network }] as const] : [],
  );
  return [...new Map(rules.toReversed()).values()].toReversed();
}

/** Whether a level on the curves has one meaning: all measurements with this metric have one rule. */
export const hasOneRule = (measurements: readonly Measurement[], metric: Metric): boolean =>
  rulesOf(measurements, metric).length < 2;

const ruleText = ({ strict, roundToPoints, evaluationsInARow }: Level['rule']): string =>
  `strict ${strict}, roundToPoints ${roundToPoints}, evaluationsInARow ${evaluationsInARow}`;

/**
 * The level with this value (a fraction of 1) and the rule of the measurements.
 * @throws UserError exit code 65 if the measurements have several rules.
 */
export function levelAt(
  measurements: readonly Measurement[],
  value: number,
  metric: Metric = defaultMetric(measurements),
): FixedLevel {
  const [first, second] = rulesOf(measurements, metric);
  if (first && second)
    throw dataError(
      `the measurements have two rules for a ${formatMetric(metric)} level: ${ruleText(first.rule)} (${first.network}), or ${ruleText(second.rule)} (${second.network}); name measurements with one rule`,
    );
  return { ...levelSchema.parse({ metric, rule: first?.rule }), value };
}

/** Corrects the rounding of a quotient: 0.6 / 0.1 is 5.999999999999999. */
const ROUNDING = 1e-9;

/** The largest whole number of steps that is not above an accuracy. */
const lastMultiple = (accuracy: number, step: number): number => Math.floor(accuracy / step + ROUNDING);

/** The least whole number of steps that is not below an accuracy. */
const firstMultiple = (accuracy: number, step: number): number => Math.ceil(accuracy / step - ROUNDING);

/** The distances between levels of a grid. */
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/**
 * Levels with round values for which the curves give a doubling time: from the lowest first evaluation up to the highest level
 * that networks of two dates reach, without levels before which a run ended at a level of its own.
 * @param maxLevels the largest number of levels.
 */
export function levelGrid(
  measurements: readonly Measurement[],
  metric: Metric = defaultMetric(measurements),
  maxLevels = 12,
): FixedLevel[] {
  const runs = runsOfSeeds(measurements);
  const best = new Map<string, number>();
  let low = 1;
  for (const { published, curve } of runs) {
    for (const [index, point] of curve.entries()) {
      const accuracy = accuracyAt(point, metric);
      if (index === 0) low = Math.min(low, accuracy);
      best.set(published, Math.max(best.get(published) ?? 0, accuracy));
    }
  }
  const high = [...best.values()].sort((a, b) => b - a)[1] ?? 0;
  const step = STEPS.find((size) => lastMultiple(high, size) - firstMultiple(low, size) < maxLevels) ?? 0.5;
  const first = Math.max(1, firstMultiple(low, step));
  const count = Math.max(0, lastMultiple(high, step) - first + 1);
  return Array.from({ length: count }, (_, i) => levelAt(measurements, Number(((first + i) * step).toFixed(6)), metric))
    .filter((level) => runs.every((run) => !endedBelow(run, level)))
    .filter((level) => datesAtLevel(runs, level) > 1);
}

/** The number of publication dates of the networks that reach a level. */
const datesAtLevel = (measurements: readonly Measurement[], level: FixedLevel): number =>
  new Set(measurements.filter(({ curve }) => findCrossing(curve, level) !== null).map(({ published }) => published))
    .size;
