import type { CurvePoint } from '../../results/measurement.ts';
import type { Progress } from '../../results/progress.ts';

export const percent = (fraction: number | null): string =>
  fraction === null ? '-' : `${(fraction * 100).toFixed(2)} %`;

/** `1.23e15` as `1.23 PFLOP`. */
export function flops(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'];
  const power = count > 0 ? Math.min(units.length - 1, Math.floor(Math.log10(count) / 3)) : 0;
  return `${(count / 1000 ** Math.max(0, power)).toFixed(2)} ${units[Math.max(0, power)] ?? ''}FLOP`;
}

/** `2 d 3 h`, `4 h 05 min`, `6 min 07 s`, `8 s`. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600)];
  const minutes = Math.floor((whole % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${two(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${two(whole % 60)} s` : `${whole} s`;
}

export const metricName = (metric: 'top1' | 'top5'): string => (metric === 'top1' ? 'top-1' : 'top-5');

/** How far the accuracy is below the level: `1.20 points to go`. */
export function distanceToLevel({ level, top1, top5 }: Progress): string {
  if (level === null) return '';
  const accuracy = level.metric === 'top1' ? top1 : top5;
  if (accuracy === null) return `${metricName(level.metric)} ${percent(level.value)} to reach`;
  const points = (level.value - accuracy) * 100;
  return points > 0 ? `${points.toFixed(2)} points to go` : 'at the level';
}

const loss = (value: number | null): string => (value === null ? '-' : value.toFixed(4));

/** The progress of a run in one line. */
export function statusLine(progress: Progress): string {
  const { epoch, epochs, step, steps, top1, top5, examplesPerSecond, etaSeconds } = progress;
  return [
    `epoch ${epoch.toFixed(2)}/${Number(epochs.toFixed(2))}`,
    `step ${step}/${steps}`,
    `loss ${loss(progress.loss)}`,
    `top-1 ${percent(top1)}`,
    `top-5 ${percent(top5)}`,
    distanceToLevel(progress),
    flops(progress.flops),
    examplesPerSecond === null ? '' : `${examplesPerSecond.toFixed(0)} examples/s`,
    `ETA ${duration(etaSeconds)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** What a run does outside of training; undefined while it trains and after it has ended. */
export const describeActivity = (state: Progress['state']): string | undefined =>
  ({ starting: 'opening the dataset', tracing: 'building the graph', evaluating: 'evaluating' })[state as string];

/** Minimum and maximum width of a bar in characters. */
const [MIN_BAR, MAX_BAR] = [5, 24];
const GAP = '  ';

/** A part of a line. If the line is too long, the part with the highest `dropOrder` is left out first. */
type Part = readonly [text: string, dropOrder: number];

/** The distance to the level in points (`1.2 to go`); before the first evaluation, the level. */
function shortDistance({ level, top1, top5 }: Progress): string {
  if (level === null) return '';
  const accuracy = level.metric === 'top1' ? top1 : top5;
  if (accuracy === null) return `level ${(level.value * 100).toFixed(1)} %`;
  const points = (level.value - accuracy) * 100;
  return points > 0 ? `${points.toFixed(points < 1 ? 2 : 1)} to go` : 'at the level';
}

function barParts(progress: Progress): Part[] {
  const { epoch, epochs, step, steps, top1, top5, level, state } = progress;
  const share = (value: number | null): string => (value === null ? '-' : `${(value * 100).toFixed(1)} %`);
  const rate = progress.examplesPerSecond;
  const parts: Part[] = [
    [describeActivity(state) ?? '', -1],
    [`epoch ${epoch.toFixed(1)}/${Number(epochs.toFixed(1))}`, 4],
    [`step ${step}/${steps}`, 0],
    [progress.loss === null ? '' : `loss ${progress.loss.toPrecision(4)}`, 1],
    [`top-1 ${share(top1)}`, level?.metric === 'top5' ? 5 : 2],
    [`top-5 ${share(top5)}`, level?.metric === 'top5' ? 2 : 5],
    [shortDistance(progress), 3],
    [flops(progress.flops), 6],
    [rate === null ? '' : `${rate.toFixed(rate < 10 ? 1 : 0)}/s`, 7],
    [`ETA ${duration(progress.etaSeconds)}`, 1],
  ];
  return parts.filter(([text]) => text !== '');
}

/** A progress bar with text, at most `columns` characters wide: the least important parts are left out. */
export function barLine(progress: Progress, columns: number): string {
  const { state, step, steps } = progress;
  const activity = describeActivity(state);
  if (steps === 0) return `${activity ?? ''} ...`.slice(0, columns);
  const parts = barParts(progress);
  const length = (): number => parts.map(([text]) => text).join(GAP).length;
  while (parts.length > 1 && length() + 1 + MIN_BAR > columns) {
    const highest = Math.max(...parts.map(([, dropOrder]) => dropOrder));
    parts.splice(
      parts.findIndex(([, dropOrder]) => dropOrder === highest),
      1,
    );
  }
  const width = Math.max(MIN_BAR, Math.min(MAX_BAR, columns - length() - 1));
  const done = Math.floor((width * step) / steps);
  const bar = '█'.repeat(done) + '░'.repeat(width - done);
  return `${bar} ${parts.map(([text]) => text).join(GAP)}`.slice(0, columns);
}

export const evaluationLine = (point: CurvePoint): string =>
  `evaluated after ${point.epochs.toFixed(2)} epochs: loss ${loss(point.loss)}, top-1 ${percent(point.top1)}, ` +
  `top-5 ${percent(point.top5)}` +
  (point.averaged ? ` (averaged weights: ${percent(point.averaged.top1)}, ${percent(point.averaged.top5)})` : '');
