import { formatDuration } from '../../base/text/format.ts';
import { formatTable, type Cell } from '../../base/text/table.ts';
import { etaText } from './eta-text.ts';
import { progressText } from './progress-text.ts';
import type { SweepEta } from '../eta/estimate.ts';
import type { RunPhase, RunStatus } from '../status.ts';

/** The order of the phases in the line of counts. */
const countOrder: readonly RunPhase[] = [
  'done',
  'running',
  'stopped',
  'interrupted',
  'failed',
  'queued',
  'waiting',
  'blocked',
  'removed',
];

/** `3 done, 2 running, 1 waiting`. */
export function countsText(runs: readonly RunStatus[]): string {
  const parts = countOrder
    .map((phase) => ({ phase, count: runs.filter((run) => run.phase === phase).length }))
    .filter(({ count }) => count > 0)
    .map(({ phase, count }) => `${count} ${phase}`);
  return parts.length === 0 ? 'no runs' : parts.join(', ');
}

/** What a run waits for, or how it can be resumed, or its last message. */
function noteText({ phase, anchor, progress, problem }: RunStatus): string {
  if (problem !== null) return problem;
  if (phase === 'waiting') return `for the level of ${anchor ?? '?'}`;
  if (phase === 'blocked') return `${anchor ?? 'its anchor'} has set no level`;
  if (progress === null) return '';
  if (phase === 'interrupted') return 'its process has died: run the same sweep command again to resume';
  return progress.message ?? '';
}

const jobText = ({ jobs }: RunStatus): string =>
  Object.values(jobs)
    .map(({ job, state, reason }) => `${job} ${state}${reason ? ` (${reason})` : ''}`)
    .join(', ');

const ageText = ({ progress }: RunStatus, now: number): string =>
  progress === null ? '' : `${formatDuration(Math.max(0, (now - Date.parse(progress.updatedAt)) / 1000))} ago`;

function runText({ phase, progress, metric }: RunStatus, width: number): string {
  if (progress === null) return '';
  const shown = phase === 'running' ? progress : { ...progress, state: 'training' as const };
  return progressText({ ...shown, etaSeconds: phase === 'running' ? progress.etaSeconds : null }, metric, width);
}

/** The order of the phases in the table. */
const rowOrder: readonly RunPhase[] = [
  'running',
  'interrupted',
  'failed',
  'stopped',
  'done',
  'queued',
  'waiting',
  'blocked',
  'removed',
];

const maxLength = (texts: readonly string[]): number =>
  texts.reduce((length, text) => Math.max(length, text.length), 0);

interface StatusTextOptions {
  /** In ms since 1970. */
  readonly now?: number;
  /** The maximum number of runs in the table; the others are only counted. */
  readonly maxRows?: number;
  /** Characters per line. In narrow lines, the least important parts of the progress are left out. */
  readonly width?: number | undefined;
  readonly eta?: SweepEta | undefined;
}

/** A table of the runs with their latest progress, running runs first, and a line with counts and the ETA of the sweep. */
export function statusText(
  runs: readonly RunStatus[],
  { now = Date.now(), maxRows = 200, width = Infinity, eta }: StatusTextOptions = {},
): string {
  const sorted = [...runs].sort((a, b) => rowOrder.indexOf(a.phase) - rowOrder.indexOf(b.phase));
  const shown = sorted.slice(0, maxRows);
  const cells = shown.map((run) => [run.id, run.phase, jobText(run), ageText(run, now)]);
  const otherWidths = cells[0]?.map((_, i) => maxLength(cells.map((row) => row[i] ?? '')) + 2) ?? [];
  const progressWidth = Math.max(
    16,
    otherWidths.reduce((left, size) => left - size, width),
  );
  const rows = shown.map((run, i): Cell[] => {
    const [id, phase, job, age] = cells[i] as [string, string, string, string];
    return [id, phase, job, runText(run, progressWidth), age, noteText(run)];
  });
  const hasJobs = runs.some(({ jobs }) => Object.keys(jobs).length > 0);
  const dropJobColumn = <T>(row: readonly T[]): T[] => row.filter((_, i) => hasJobs || i !== 2);
  const names = ['run', 'state', 'job', 'progress', 'seen', ''].map((name) => ({ name }));
  const more = sorted.length > maxRows ? `and ${sorted.length - maxRows} more\n` : '';
  return `${formatTable(dropJobColumn(names), rows.map(dropJobColumn))}${more}${[countsText(runs), ...etaText(eta)].join('  ')}\n`;
}
