import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf } from '../base/lock.ts';
import type { Metric } from '../config/level.ts';
import type { Progress } from '../results/progress.ts';
import { measurementFile } from '../results/store.ts';
import { loadPlans, statIfThere, sweepPaths } from './folder.ts';
import type { PlannedRun } from './plan.ts';
import { readProgress } from './progress.ts';

/**
 * Where a run stands as its folder tells it. `waiting`: for its anchor's level; `queued`: for its turn; `stopped`: after a
 * checkpoint; `interrupted`: its process is gone without a word; `removed`: no plan of this folder asks for it any more.
 */
export type RunPhase =
  'waiting' | 'queued' | 'running' | 'stopped' | 'interrupted' | 'failed' | 'done' | 'removed';

/** A run's state in Slurm, where it has a job there. */
export interface SlurmState {
  readonly job: string;
  readonly state: string;
  readonly reason?: string;
}

export interface RunStatus {
  readonly id: string;
  readonly sweep: string | null;
  readonly name: string;
  readonly network: string | null;
  readonly published: string | null;
  readonly seed: number | null;
  readonly anchor: string | null;
  readonly metric: Metric;
  readonly phase: RunPhase;
  readonly progress: Progress | null;
  /** The measurement's file, once there is one. */
  readonly measurement: string | null;
  readonly slurm: SlurmState | null;
}

/** A run's phase from its folder alone. */
function phaseOf(
  dir: string,
  sweep: string | undefined,
  run: PlannedRun | undefined,
  progress: Progress | undefined,
  done: boolean,
  folders: ReadonlySet<string>,
  id: string,
): RunPhase {
  if (done) return 'done';
  if (folders.has(id)) {
    const alive = holderOf(join(sweepPaths(dir).run(id), 'lock')) !== undefined;
    if (alive) return 'running';
    if (progress?.state === 'stopped') return 'stopped';
    if (progress?.state === 'failed') return 'failed';
    if (progress) return 'interrupted';
  }
  if (!run) return 'removed';
  return run.anchor === null ||
    run.anchor === id ||
    resultFile(dir, run.anchor, sweep) !== undefined
    ? 'queued'
    : 'waiting';
}

/** A run's measurement: in its folder, or, where that is gone, in the store that the sweep has in its folder. */
function resultFile(dir: string, id: string, sweep: string | undefined): string | undefined {
  const own = join(sweepPaths(dir).run(id), 'measurement.json');
  const stored = sweep === undefined ? [] : [measurementFile(sweepPaths(dir).results, sweep, id)];
  return [own, ...stored].find((file) => statIfThere(file) !== undefined);
}

function statusOf(
  dir: string,
  id: string,
  folders: ReadonlySet<string>,
  sweep?: string,
  run?: PlannedRun,
): RunStatus {
  const has = folders.has(id);
  const progress = has ? readProgress(sweepPaths(dir).run(id)) : undefined;
  const measurement = resultFile(dir, id, sweep);
  return {
    id,
    sweep: sweep ?? null,
    name: run?.name ?? id,
    network: run?.network ?? progress?.network ?? null,
    published: run?.published ?? null,
    seed: run?.seed ?? null,
    anchor: run?.anchor ?? null,
    metric: run?.level?.metric ?? 'top1',
    phase: phaseOf(dir, sweep, run, progress, measurement !== undefined, folders, id),
    progress: progress ?? null,
    measurement: measurement ?? null,
    slurm: null,
  };
}

function foldersIn(runs: string): Set<string> {
  if (statIfThere(runs) === undefined) return new Set();
  const entries = readdirSync(runs, { withFileTypes: true });
  return new Set(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name));
}

/**
 * Every run of every sweep in a folder, in the order of the plans, then the runs that no plan asks for any more. Only
 * reads, so it works beside running sweeps and on another machine that shares the folder.
 * @throws UserError 66 where the folder holds no sweep.
 */
export function statusOfFolder(dir: string): RunStatus[] {
  const plans = loadPlans(dir);
  const folders = foldersIn(sweepPaths(dir).runs);
  const known = new Set<string>();
  const planned = plans.flatMap(({ name, runs }) =>
    runs.flatMap((run) => {
      if (known.has(run.id)) return [];
      known.add(run.id);
      return [statusOf(dir, run.id, folders, name, run)];
    }),
  );
  const others = [...folders].filter((id) => !known.has(id)).sort();
  return [...planned, ...others.map((id) => statusOf(dir, id, folders))];
}
