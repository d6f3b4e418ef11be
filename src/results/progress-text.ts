import {
  formatBytes,
  formatDuration,
  formatFlops,
  formatMetric,
  formatPercent,
  groupDigits,
  UNKNOWN,
} from '../base/text/format.ts';
import type { Metric } from '../config/level.ts';
import type { CurvePoint } from './measurement.ts';
import type { Progress } from './progress.ts';

/** If a run waits for images for a larger fraction of its time, its progress shows it, with advice. */
export const MAX_WAIT_FRACTION = 0.05;

/** A loss with four significant digits; a dash before the first step. */
export const formatLoss = (loss: number | null): string => (loss === null ? UNKNOWN : loss.toPrecision(4));

/** `top-1 43.1 %`; with the value of a level, `top-1 43.1 % of 45.2 %`. */
export const accuracyText = (metric: Metric, accuracy: number | null, level?: number): string =>
  `${formatMetric(metric)} ${formatPercent(accuracy)}${level === undefined ? '' : ` of ${formatPercent(level)}`}`;

/** How far the last evaluation is below the level, in percentage points: `1.2 points to go`; empty without a level. */
export function distanceToLevel({ level, top1, top5 }: Progress): string {
  if (level === null) return '';
  const accuracy = level.metric === 'top1' ? top1 : top5;
  if (accuracy === null) return `${formatMetric(level.metric)} ${formatPercent(level.value)} to reach`;
  const points = (level.value - accuracy) * 100;
  return points > 0 ? `${points.toFixed(points < 1 ? 2 : 1)} points to go` : 'at the level';
}

/** What a run does between training steps; undefined while it trains and after it has ended. */
export const activityText = (state: Progress['state']): string | undefined =>
  ({ starting: 'opening the dataset', tracing: 'building the graph', evaluating: 'evaluating' })[state as string];

/** The fraction of its training steps that a run has done, from 0 to 1. */
export const fractionDone = ({ step, steps }: Progress): number => (steps > 0 ? Math.min(1, step / steps) : 0);

const rateText = (rate: number | null): string =>
  rate === null ? '' : `${rate < 10 ? rate.toFixed(1) : groupDigits(rate)} images/s`;

/** The progress of a run as texts, for lines that show some of them. Before the first step most are empty. */
export function progressTexts(progress: Progress) {
  const { epoch, epochs, step, steps, top1, top5, loss, flops, examplesPerSecond, etaSeconds } = progress;
  const { inputWaitFraction: wait = 0, gpuMemoryBytes } = progress;
  // Before its first step, a run does not know its number of steps.
  const hasStarted = steps > 0;
  return {
    epoch: hasStarted ? `epoch ${epoch.toFixed(2)}/${Number(epochs.toFixed(2))}` : '',
    step: hasStarted ? `step ${step}/${steps}` : '',
    loss: `loss ${formatLoss(loss)}`,
    top1: accuracyText('top1', top1),
    top5: accuracyText('top5', top5),
    distance: distanceToLevel(progress),
    flops: hasStarted ? formatFlops(flops) : '',
    rate: rateText(examplesPerSecond),
    wait: wait > MAX_WAIT_FRACTION ? `waits for images ${formatPercent(wait)}` : '',
    gpuMemory: gpuMemoryBytes === undefined ? '' : `GPU memory ${formatBytes(gpuMemoryBytes)}`,
    eta: etaSeconds === null ? '' : `ETA ${formatDuration(etaSeconds)}`,
  };
}

/** All progress of a run in one line, for a log. */
export const progressLogLine = (progress: Progress): string =>
  Object.values(progressTexts(progress))
    .filter((text) => text !== '')
    .join(', ');

/** An evaluation in one line. */
export const evaluationText = ({ epochs, loss, top1, top5, averaged }: CurvePoint): string =>
  `evaluated after ${epochs.toFixed(2)} epochs: loss ${formatLoss(loss)}, ${accuracyText('top1', top1)}, ` +
  accuracyText('top5', top5) +
  (averaged ? ` (averaged weights: ${formatPercent(averaged.top1)}, ${formatPercent(averaged.top5)})` : '');
