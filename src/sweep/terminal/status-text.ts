import { formatDuration } from '../../base/format.ts';
import { formatTable, type Cell } from '../../base/table.ts';
import { etaText } from './eta-text.ts';
import { progressText } from './progress-text.ts';
import type { SweepEta } from '../eta.ts';
import type { RunPhase, RunStatus } from '../status.ts';

const order: readonly RunPhase[] = [
  'done',
  'running',
  'stopped',
  'interrupted',
  'failed',
  'queued',
  'waiting',
  'removed',
];

/** `3 done, 2 running, 1 waiting`. */
export function countsText(runs: readonly RunStatus[]): string {
  const parts = order
    .map((phase) => ({ phase, count: runs.filter((run) => run.phase === phase).length }))
    .filter(({ count }) => count > 0)
    .map(({ phase, count }) => `${count} ${phase}`);
  return parts.length === 0 ? 'no runs' : parts.join(', ');
}

function whatNext({ phase, anchor, progress }: RunStatus): string {
  if (phase === 'waiting') return `for the level of ${anchor ?? '?'}`;
  if (progress === null) return '';
  const message = progress.message ?? '';
  if (phase === 'interrupted') return 'its process is gone; the same sweep command resumes it';
  return message;
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

const rank: readonly RunPhase[] = [
  'running',
  'interrupted',
  'failed',
  'stopped',
  'done',
  'queued',
  'waiting',
  'removed',
];

const longest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, text.length), 0);

interface StatusTextOptions {
  readonly now?: number;
  /** Rows to list; the others are counted. */
  readonly most?: number;
  /** Characters per line; if there are few, the least important parts of the progress are left out. */
  readonly width?: number | undefined;
  readonly eta?: SweepEta | undefined;
}

/** A table of the runs with their latest progress, running ones first, and a line of counts with the ETA of the sweep. */
export function statusText(
  runs: readonly RunStatus[],
  { now = Date.now(), most = 200, width = Infinity, eta }: StatusTextOptions = {},
): string {
  const sorted = [...runs].sort((a, b) => rank.indexOf(a.phase) - rank.indexOf(b.phase));
  const shown = sorted.slice(0, most);
  const cells = shown.map((run) => [run.id, run.phase, jobText(run), ageText(run, now)]);
  const taken = cells[0]?.map((_, i) => longest(cells.map((row) => row[i] ?? '')) + 2) ?? [];
  const room = Math.max(
    16,
    taken.reduce((left, size) => left - size, width),
  );
  const rows = shown.map((run, i): Cell[] => {
    const [id, phase, job, age] = cells[i] as [string, string, string, string];
    return [id, phase, job, runText(run, room), age, whatNext(run)];
  });
  const hasJobs = runs.some(({ jobs }) => Object.keys(jobs).length > 0);
  const keep = <T>(all: readonly T[]): T[] => all.filter((_, i) => hasJobs || i !== 2);
  const names = ['run', 'state', 'job', 'progress', 'seen', ''].map((name) => ({ name }));
  const more = sorted.length > most ? `and ${sorted.length - most} more\n` : '';
  return `${formatTable(keep(names), rows.map(keep))}${more}${[countsText(runs), ...etaText(eta)].join('  ')}\n`;
}
