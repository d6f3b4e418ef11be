import { fitLine, type LinePart } from '../../base/numbers/fit-line.ts';
import type { Metric } from '../../config/level.ts';
import { accuracyText, progressTexts } from '../../results/progress-text.ts';
import type { Progress } from '../../results/progress.ts';

/** The last accuracy with the level; empty before the first evaluation. */
function lastAccuracy(progress: Progress, metric: Metric): string {
  const shown = progress.level?.metric ?? metric;
  const accuracy = progress[shown];
  return accuracy === null ? '' : accuracyText(shown, accuracy, progress.level?.value);
}

function rankedParts(progress: Progress, metric: Metric): LinePart[] {
  const { state } = progress;
  const texts = progressTexts(progress);
  const isActive = state === 'training' || state === 'evaluating';
  return [
    { text: state === 'training' ? '' : state, rank: 3 },
    { text: texts.epoch, rank: 4 },
    { text: lastAccuracy(progress, metric), rank: 1 },
    { text: texts.rate, rank: 6 },
    { text: texts.flops, rank: 5 },
    { text: isActive ? texts.eta : '', rank: 2 },
  ];
}

/**
 * A run's progress in one line: epoch, accuracy with its level, FLOPs so far, images/s, ETA.
 * @param width characters per line; the least important parts are left out first.
 */
export const progressText = (progress: Progress, metric: Metric, width = Infinity): string =>
  fitLine(rankedParts(progress, metric), width);
