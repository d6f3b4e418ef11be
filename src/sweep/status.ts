import { readdirSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import type { Metric } from '../config/level.ts';
import { readProgress, type Progress } from '../results/progress.ts';
import { runPaths } from '../results/run-folder.ts';
import { measurementFile } from '../results/store.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun } from '../results/sweep-plan.ts';
import type { Executors, JobState } from './executors/executor.ts';
import { executors as registered } from './executors/index.ts';
import { loadPlans, statIfExists } from './folder.ts';
import { holderIn } from './locks.ts';

/**
 * The state of a run according to its folder. `waiting`: for its anchor's level; `queued`: for its start; `stopped`: after a
 * checkpoint; `interrupted`: its process died; `removed`: no plan of this folder contains it any more.
 */
export type RunPhase = 'waiting' | 'queued' | 'running' | 'stopped' | 'interrupted' | 'failed' | 'done' | 'removed';

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
  /** The measurement's file, if it exists. */
  readonly measurement: string | null;
  /** The run's jobs, by the executor that has them in its queue. */
  readonly jobs: Readonly<Record<string, JobState>>;
}

/** The facts that determine a phase. */
interface Facts {
  readonly dir: string;
  readonly id: string;
  readonly sweep: string | undefined;
  readonly run: PlannedRun | undefined;
  readonly progress: Progress | undefined;
  readonly isDone: boolean;
  readonly hasFolder: boolean;
}

/** The phase of a run according to its folder. */
function phaseOf({ dir, id, sweep, run, progress, isDone, hasFolder }: Facts): RunPhase {
  if (isDone) return 'done';
  if (hasFolder) {
    if (holderIn(runPaths(sweepPaths(dir).run(id)).lock) !== undefined) return 'running';
    if (progress?.state === 'stopped') return 'stopped';
    if (progress?.state === 'failed') return 'failed';
    if (progress) return 'interrupted';
  }
  if (!run) return 'removed';
  const waitsForNone = run.anchor === null || run.anchor === id;
  return waitsForNone || resultFile(dir, run.anchor, sweep) !== undefined ? 'queued' : 'waiting';
}

/** A run's measurement: in its folder or, if that was removed, in the store in the sweep's folder. */
function resultFile(dir: string, id: string, sweep: string | undefined): string | undefined {
  const own = runPaths(sweepPaths(dir).run(id)).measurement;
  const stored = sweep === undefined ? [] : [measurementFile(sweepPaths(dir).results, sweep, id)];
  return [own, ...stored].find((file) => statIfExists(file) !== undefined);
}

function statusOf(dir: string, id: string, folders: ReadonlySet<string>, sweep?: string, run?: PlannedRun): RunStatus {
  const hasFolder = folders.has(id);
  const progress = hasFolder ? readProgress(sweepPaths(dir).run(id)) : undefined;
  const measurement = resultFile(dir, id, sweep);
  const isDone = measurement !== undefined;
  return {
    id,
    sweep: sweep ?? null,
    name: run?.name ?? id,
    network: run?.network ?? progress?.network ?? null,
    published: run?.published ?? null,
    seed: run?.seed ?? null,
    anchor: run?.anchor ?? null,
    metric: run?.level?.metric ?? 'top1',
    phase: phaseOf({ dir, id, sweep, run, progress, isDone, hasFolder }),
    progress: progress ?? null,
    measurement: measurement ?? null,
    jobs: {},
  };
}

function foldersIn(runs: string): Set<string> {
  if (statIfExists(runs)?.isDirectory() !== true) return new Set();
  const entries = readdirSync(runs, { withFileTypes: true });
  return new Set(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name));
}

/**
 * Lists every run of every sweep in a folder in the order of the plans, then the runs that no plan contains any more. Changes
 * nothing, so it works beside running sweeps and on another machine that shares the folder.
 * @throws UserError 66 if the folder contains no sweep.
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

/** A run that is not running and has a job in a queue is queued or waiting, even if its folder says otherwise. */
function withJob(run: RunStatus, executor: string, job: JobState): RunStatus {
  const isPending = job.isPending && run.phase !== 'done' && run.phase !== 'running';
  const phase = isPending && run.phase !== 'waiting' ? 'queued' : run.phase;
  return { ...run, phase, jobs: { ...run.jobs, [executor]: job } };
}

/**
 * Adds the state of its job in the executors' queues to each run. If a queue cannot be asked, the state comes from the folders.
 * @param onUnavailable called with the executor's name and the reason.
 */
export async function withJobs(
  dir: string,
  runs: readonly RunStatus[],
  onUnavailable: (executor: string, why: string) => void,
  executors: Executors = registered,
): Promise<RunStatus[]> {
  const unfinished = new Set(runs.filter(({ phase }) => phase !== 'done').map(({ id }) => id));
  let all = [...runs];
  for (const [name, executor] of Object.entries(executors)) {
    try {
      const jobs = await executor.status(dir, unfinished);
      all = all.map((run) => {
        const job = jobs.get(run.id);
        return job === undefined ? run : withJob(run, name, job);
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onUnavailable(name, error.message);
    }
  }
  return all;
}

/** What `status --json` prints of a job. */
const jobJson = ({ job, state, reason }: JobState) => ({
  job,
  state,
  ...(reason !== undefined && { reason }),
});

/** A run's status as `status --json` prints it, with its job (or null) under the name of each queue. */
export function statusJson(
  { jobs, ...run }: RunStatus,
  executors: Executors = registered,
): Readonly<Record<string, unknown>> {
  const queues = Object.entries(executors).filter(([, { isQueue }]) => isQueue);
  const jobsOfQueues = queues.map(([name]) => [name, jobs[name] ? jobJson(jobs[name]) : null]);
  return { ...run, ...(Object.fromEntries(jobsOfQueues) as Readonly<Record<string, unknown>>) };
}
