import { formatFlops, formatPercent, formatSeconds, groupDigits } from '../../base/format.ts';
import type { Metric } from '../../config/level.ts';
import type { Progress } from '../../results/progress.ts';

const names: Readonly<Record<Metric, string>> = { top1: 'top-1', top5: 'top-5' };

/** `top-1 43.1 % of 45.2 %`: where the run is and what it has to reach. */
function accuracyText(progress: Progress, metric: Metric): string {
  const wanted = progress.level?.metric ?? metric;
  const accuracy = progress[wanted];
  const level = progress.level ? ` of ${formatPercent(progress.level.value)}` : '';
  return accuracy === null ? '' : `${names[wanted]} ${formatPercent(accuracy)}${level}`;
}

/** Parts in the order they are shown; where there is little room those with a high rank are left out first. */
function partsOf(progress: Progress, metric: Metric): { text: string; rank: number }[] {
  const { examplesPerSecond, etaSeconds, flops, state, epoch, epochs, steps } = progress;
  const isWorking = state === 'training' || state === 'evaluating';
  // Before its first step a run does not know how many there are.
  const hasStarted = steps > 0;
  return [
    { text: state === 'training' ? '' : state, rank: 3 },
    { text: hasStarted ? `epoch ${epoch.toFixed(1)} of ${Number(epochs.toFixed(2))}` : '', rank: 4 },
    { text: accuracyText(progress, metric), rank: 1 },
    { text: examplesPerSecond === null ? '' : `${groupDigits(examplesPerSecond)} examples/s`, rank: 6 },
    { text: hasStarted ? formatFlops(flops) : '', rank: 5 },
    { text: isWorking && etaSeconds !== null ? `ETA ${formatSeconds(etaSeconds)}` : '', rank: 2 },
  ].filter(({ text }) => text !== '');
}

/**
 * What is worth knowing of a run, in one line: accuracy against its level, examples/s, FLOPs so far, ETA.
 * @param width characters there are; what matters least is left out first.
 */
export function progressText(progress: Progress, metric: Metric, width = Infinity): string {
  let parts = partsOf(progress, metric);
  const line = (): string => parts.map(({ text }) => text).join('  ');
  while (parts.length > 1 && line().length > width) {
    const last = Math.max(...parts.map(({ rank }) => rank));
    parts = parts.filter(({ rank }) => rank !== last);
  }
  return line();
}

/** How much of its schedule a run has behind it, from 0 to 1. */
export const partDone = ({ step, steps }: Progress): number => (steps > 0 ? Math.min(1, step / steps) : 0);
