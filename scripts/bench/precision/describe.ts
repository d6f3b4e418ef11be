import { formatTable } from '../../../src/base/text/table.ts';
import { type Estimate, type FormatComparison, isWithinSpread, type Metric } from './compare-formats.ts';
import type { PrecisionRun } from './precision-runs.ts';

const METRIC_NAMES: Readonly<Record<Metric, string>> = { top1: 'top-1', trainingLoss: 'training loss' };

/** Accuracies in percentage points; losses as they are. */
const formatMetric = (metric: Metric, value: number): string =>
  metric === 'top1' ? `${(value * 100).toFixed(2)} %` : value.toFixed(4);

const formatChange = (metric: Metric, value: number): string => {
  const text = metric === 'top1' ? (value * 100).toFixed(2) : value.toFixed(4);
  return `${value < 0 ? '' : '+'}${text}`;
};

const formatEstimate = (metric: Metric, { mean, standardError }: Estimate): string =>
  `${formatChange(metric, mean)} ± ${formatChange(metric, standardError).slice(1)}${metric === 'top1' ? ' points' : ''}`;

/** A table of all runs. */
export function describeRuns(runs: readonly PrecisionRun[]): string {
  const columns = ['library', 'precision', 'seed', 'top-1', 'training loss', 'training s'].map((name) => ({ name }));
  const rows = runs.map(({ library, precision, seed, top1, trainingLoss, trainingSeconds }) => [
    ...[library, precision, String(seed), top1.toFixed(4), trainingLoss.toFixed(4), trainingSeconds.toFixed(1)],
  ]);
  return formatTable(columns, rows);
}

/** The means and standard deviations of both formats in one library, and their difference. */
export function describeComparison({
  library,
  metric,
  seeds,
  float32,
  bfloat16,
  difference,
}: FormatComparison): string {
  const [full, half] = [float32, bfloat16].map(
    ({ mean, deviation }) => `${formatMetric(metric, mean)} (standard deviation ${formatMetric(metric, deviation)})`,
  );
  return (
    `${library}, ${METRIC_NAMES[metric]}, ${seeds.length} seeds: float32 ${full}, bfloat16 ${half}; ` +
    `bfloat16 minus float32, paired by seed: ${formatEstimate(metric, difference)} (standard error)`
  );
}

/** How far the difference between the formats in doubletime is from that in PyTorch. */
export const describeGap = (metric: Metric, difference: Estimate): string =>
  `${METRIC_NAMES[metric]}: doubletime's difference minus PyTorch's: ${formatEstimate(metric, difference)} (standard error)`;

/** Whether bfloat16 is within the spread of float32's seeds. */
export function describeVerdict(comparison: FormatComparison): string {
  const { seeds, difference, spreadOfThreeSeeds } = comparison;
  const isWithin = isWithinSpread(comparison);
  if (isWithin === undefined)
    return `not decided: ${seeds.length} seeds have runs in both formats, expected 3 or more: raise --seeds`;
  const points = (value: number): string => `${(value * 100).toFixed(2)} points`;
  return (
    `the means differ by ${points(Math.abs(difference.mean))}, ${isWithin ? 'within' : 'more than'} the ` +
    `${points(spreadOfThreeSeeds)} by which three seeds of float32 differ`
  );
}
