import type { CurvePoint } from '../results/measurement.ts';
import type { Progress } from '../results/progress.ts';

export const percent = (fraction: number | null): string =>
  fraction === null ? '-' : `${(fraction * 100).toFixed(2)} %`;

/** `1.23e15` as `1.23 PFLOP`. */
export function flops(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'];
  const power = count > 0 ? Math.min(units.length - 1, Math.floor(Math.log10(count) / 3)) : 0;
  return `${(count / 1000 ** Math.max(0, power)).toFixed(2)} ${units[Math.max(0, power)] ?? ''}FLOP`;
}

/** `2 d 3 h`, `4 h 05 min`, `6 min 07 s`. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600)];
  const minutes = Math.floor((whole % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return `${minutes} min ${two(whole % 60)} s`;
}

/** How far the accuracy is below the level: `1.20 points to go`. */
export function distanceOf({ level, top1, top5 }: Progress): string {
  if (level === null) return '';
  const accuracy = level.metric === 'top1' ? top1 : top5;
  if (accuracy === null) return `${level.metric} ${percent(level.value)} to reach`;
  const points = (level.value - accuracy) * 100;
  return points > 0 ? `${points.toFixed(2)} points to go` : 'at the level';
}

const loss = (value: number | null): string => (value === null ? '-' : value.toFixed(4));

/** One line on where a run stands. */
export function statusLine(progress: Progress): string {
  const { epoch, epochs, step, steps, top1, top5, examplesPerSecond, etaSeconds } = progress;
  return [
    `epoch ${epoch.toFixed(2)}/${Number(epochs.toFixed(2))}`,
    `step ${step}/${steps}`,
    `loss ${loss(progress.loss)}`,
    `top-1 ${percent(top1)}`,
    `top-5 ${percent(top5)}`,
    distanceOf(progress),
    flops(progress.flops),
    examplesPerSecond === null ? '' : `${examplesPerSecond.toFixed(0)} examples/s`,
    `ETA ${duration(etaSeconds)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

export const evaluationLine = (point: CurvePoint): string =>
  `evaluated after ${point.epochs.toFixed(2)} epochs: loss ${loss(point.loss)}, top-1 ${percent(point.top1)}, ` +
  `top-5 ${percent(point.top5)}` +
  (point.averaged
    ? ` (averaged weights: ${percent(point.averaged.top1)}, ${percent(point.averaged.top5)})`
    : '');
