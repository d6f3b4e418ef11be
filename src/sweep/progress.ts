import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPercent, formatSeconds, grouped, withPrefix } from '../base/format.ts';
import type { Metric } from '../config/level.ts';
import { progressSchema, type Progress } from '../results/progress.ts';

/** A run's last sign of life, undefined where there is none that can be read. */
export function readProgress(folder: string): Progress | undefined {
  try {
    return progressSchema.parse(JSON.parse(readFileSync(join(folder, 'progress.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

const names: Readonly<Record<Metric, string>> = { top1: 'top-1', top5: 'top-5' };

/** `top-1 43.1 % of 45.2 %`: where the run is and what it has to reach. */
export function accuracyText(progress: Progress, metric: Metric): string {
  const wanted = progress.level?.metric ?? metric;
  const accuracy = progress[wanted];
  const level = progress.level ? ` of ${formatPercent(progress.level.value)}` : '';
  return accuracy === null ? '' : `${names[wanted]} ${formatPercent(accuracy)}${level}`;
}

/** Everything worth knowing of a run at work, in one line: accuracy, examples/s, FLOPs so far, ETA. */
export function progressText(progress: Progress, metric: Metric): string {
  const { examplesPerSecond, etaSeconds, flops, state, epoch, epochs } = progress;
  return [
    state === 'training' ? '' : state,
    `epoch ${epoch.toFixed(1)} of ${Number(epochs.toFixed(2))}`,
    accuracyText(progress, metric),
    examplesPerSecond === null ? '' : `${grouped(examplesPerSecond)} examples/s`,
    `${withPrefix(flops)}FLOP`,
    etaSeconds === null ? '' : `ETA ${formatSeconds(etaSeconds)}`,
  ]
    .filter((part) => part !== '')
    .join('  ');
}

/** How much of its schedule a run has behind it, from 0 to 1. */
export const partDone = ({ step, steps }: Progress): number =>
  steps > 0 ? Math.min(1, step / steps) : 0;
