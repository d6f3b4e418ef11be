import { formatSeconds } from '../base/format.ts';
import { formatTable, type Cell } from '../base/table.ts';
import { progressText } from './progress.ts';
import type { RunPhase, RunStatus } from './status.ts';

const order: readonly RunPhase[] = [
  'done', 'running', 'stopped', 'interrupted', 'failed', 'queued', 'waiting', 'removed',
]; // prettier-ignore

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
  if (phase === 'interrupted') return 'its process is gone; the same sweep command goes on with it';
  return message;
}

function rowOf(run: RunStatus, now: number): Cell[] {
  const { id, phase, progress, slurm, metric } = run;
  const job = slurm ? `${slurm.job} ${slurm.state}${slurm.reason ? ` (${slurm.reason})` : ''}` : '';
  const age = progress
    ? formatSeconds(Math.max(0, (now - Date.parse(progress.updatedAt)) / 1000))
    : '';
  const isRunning = phase === 'running';
  const text = progress
    ? progressText(
        isRunning ? progress : { ...progress, state: 'training', etaSeconds: null },
        metric,
      )
    : '';
  return [id, phase, job, text, age === '' ? '' : `${age} ago`, whatNext(run)];
}

/** A table of the runs with what each last told, and a line of counts. At most `most` rows, those at work first. */
export function statusText(runs: readonly RunStatus[], now = Date.now(), most = 200): string {
  const rank: readonly RunPhase[] = ['running', 'interrupted', 'failed', 'stopped', 'done', 'queued', 'waiting', 'removed']; // prettier-ignore
  const sorted = [...runs].sort((a, b) => rank.indexOf(a.phase) - rank.indexOf(b.phase));
  const hasJobs = runs.some(({ slurm }) => slurm !== null);
  const keep = <T>(cells: readonly T[]): T[] => cells.filter((_, i) => hasJobs || i !== 2);
  const names = ['run', 'state', 'Slurm', 'progress', 'seen', ''];
  const table = formatTable(
    keep(names).map((name) => ({ name })),
    sorted.slice(0, most).map((run) => keep(rowOf(run, now))),
  );
  const more = sorted.length > most ? `and ${sorted.length - most} more\n` : '';
  return `${table}${more}${countsText(runs)}\n`;
}
