import { UserError } from '../base/errors.ts';
import { folderExists, listFolders, statIfExists } from '../base/files/stat.ts';
import type { Level, Metric } from '../config/level.ts';
import { readProgress, type Progress } from '../results/progress.ts';
import { runPaths } from '../results/run-folder.ts';
import { measurementFile } from '../results/store.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun, SweepPlan } from '../results/sweep-plan.ts';
import type { Executors, JobState } from './executors/executor.ts';
import { executors as registered } from './executors/index.ts';
import { loadPlans } from './folder.ts';
import { holderIn } from './locks.ts';
import { type FindProblem, rememberLevels, rememberProblems } from './measurement-checks.ts';

/**
 * The state of a run according to its folder. `waiting`: waits for the level of its anchor; `blocked`: its anchor has set no level,
 * so it cannot start; `queued`: waits for its start; `failed`: ended with an error, or its measurement cannot be read
 * or is that of another run; `stopped`: ended after a checkpoint; `interrupted`: its process died; `removed`: no plan of this folder
 * contains it any more.
 */
export type RunPhase =
  'waiting' | 'queued' | 'running' | 'stopped' | 'interrupted' | 'failed' | 'done' | 'removed' | 'blocked';

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
  /** Why its measurement cannot be used. */
  readonly problem: string | null;
  /** The run's jobs, by the name of the executor. */
  readonly jobs: Readonly<Record<string, JobState>>;
}

/** What the measurements say, by their file and the id of their run. */
interface Checks {
  /** Why a measurement cannot be used; undefined if it can. */
  readonly problemOf: (file: string, id: string) => string | undefined;
  /** Whether the measurement of an anchor sets this level. */
  readonly setsLevel: (file: string, id: string, level: Level) => boolean;
}

function checksOf(plans: readonly SweepPlan[], findProblem: FindProblem): Checks {
  const configs = new Map(plans.flatMap(({ runs }) => runs.map(({ id, config }) => [id, config])));
  const setsLevel = rememberLevels();
  const problemOf = (file: string, id: string) => findProblem(file, configs.get(id));
  return {
    problemOf,
    setsLevel: (file, id, level) => problemOf(file, id) === undefined && setsLevel(file, level),
  };
}

/** The facts that determine a phase. */
interface Facts {
  readonly dir: string;
  readonly id: string;
  readonly sweep: string | undefined;
  readonly run: PlannedRun | undefined;
  readonly progress: Progress | undefined;
  readonly measurement: string | undefined;
  readonly problem: string | undefined;
  readonly hasFolder: boolean;
  readonly setsLevel: Checks['setsLevel'];
}

/** The phase of a run according to its folder. */
function findPhase({ dir, id, sweep, run, progress, measurement, problem, hasFolder, setsLevel }: Facts): RunPhase {
  if (measurement !== undefined && problem === undefined) return 'done';
  if (hasFolder && holderIn(runPaths(sweepPaths(dir).run(id)).lock) !== undefined) return 'running';
  if (problem !== undefined) return 'failed';
  if (hasFolder) {
    if (progress?.state === 'stopped') return 'stopped';
    if (progress?.state === 'failed') return 'failed';
    if (progress) return 'interrupted';
  }
  if (!run) return 'removed';
  if (run.level === null || run.anchor === null || run.anchor === id) return 'queued';
  const anchor = findResultFile(dir, run.anchor, sweep);
  if (anchor === undefined) return 'waiting';
  return setsLevel(anchor, run.anchor, run.level) ? 'queued' : 'blocked';
}

/** The file of a run's measurement: in its folder, or in the store of the sweep's folder if the run's folder was removed. */
function findResultFile(dir: string, id: string, sweep: string | undefined): string | undefined {
  const own = runPaths(sweepPaths(dir).run(id)).measurement;
  const stored = sweep === undefined ? [] : [measurementFile(sweepPaths(dir).results, sweep, id)];
  return [own, ...stored].find((file) => statIfExists(file) !== undefined);
}

function readRunStatus(
  dir: string,
  id: string,
  folders: ReadonlySet<string>,
  { setsLevel, problemOf }: Checks,
  sweep?: string,
  run?: PlannedRun,
): RunStatus {
  const hasFolder = folders.has(id);
  const progress = hasFolder ? readProgress(sweepPaths(dir).run(id)) : undefined;
  const measurement = findResultFile(dir, id, sweep);
  const problem = measurement === undefined ? undefined : problemOf(measurement, id);
  return {
    id,
    sweep: sweep ?? null,
    name: run?.name ?? id,
    network: run?.network ?? progress?.network ?? null,
    published: run?.published ?? null,
    seed: run?.seed ?? null,
    anchor: run?.anchor ?? null,
    metric: run?.level?.metric ?? 'top1',
    phase: findPhase({ dir, id, sweep, run, progress, measurement, problem, hasFolder, setsLevel }),
    progress: progress ?? null,
    measurement: measurement ?? null,
    problem: problem ?? null,
    jobs: {},
  };
}

/**
 * Reads the status of every run of every sweep in a folder in the order of the plans, then of the runs that no plan contains any
 * more. Only reads, so it works while sweeps are running and on other machines that share the folder.
 * @param findProblem checks measurements; whoever calls again and again passes the same one, which remembers them.
 * @throws UserError 66 if the folder contains no sweep, or a file in the place of a folder; 65 for a damaged plan.
 */
export function readStatus(dir: string, findProblem: FindProblem = rememberProblems()): RunStatus[] {
  const plans = loadPlans(dir);
  const paths = sweepPaths(dir);
  // Without this check, a file there would look like missing results.
  folderExists(paths.results);
  const folders = new Set(listFolders(paths.runs));
  const known = new Set<string>();
  const checks = checksOf(plans, findProblem);
  const planned = plans.flatMap(({ name, runs }) =>
    runs.flatMap((run) => {
      if (known.has(run.id)) return [];
      known.add(run.id);
      return [readRunStatus(dir, run.id, folders, checks, name, run)];
    }),
  );
  const others = [...folders].filter((id) => !known.has(id)).sort();
  return [...planned, ...others.map((id) => readRunStatus(dir, id, folders, checks))];
}

/** Adds a job to a status. A run that is not running but has a pending job is queued or waiting, whatever its folder contains. */
function addJob(run: RunStatus, executor: string, job: JobState): RunStatus {
  const isPending = job.isPending && run.phase !== 'done' && run.phase !== 'running';
  const phase = isPending && run.phase !== 'waiting' ? 'queued' : run.phase;
  return { ...run, phase, jobs: { ...run.jobs, [executor]: job } };
}

/**
 * Adds to each run the state of its job in the executors' queues. If a queue cannot be reached, the statuses stay unchanged.
 * @param onUnavailable called with the executor's name and the reason if its queue cannot be reached.
 */
export async function addJobs(
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
        return job === undefined ? run : addJob(run, name, job);
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onUnavailable(name, error.message);
    }
  }
  return all;
}

/** A job as `status --json` prints it. */
const jobJson = ({ job, state, reason }: JobState) => ({
  job,
  state,
  ...(reason !== undefined && { reason }),
});

/** A run's status as `status --json` prints it, with its job (or null) under the name of each executor with a queue. */
export function statusJson(
  { jobs, ...run }: RunStatus,
  executors: Executors = registered,
): Readonly<Record<string, unknown>> {
  const queues = Object.entries(executors).filter(([, { isQueue }]) => isQueue);
  const jobsOfQueues = queues.map(([name]) => [name, jobs[name] ? jobJson(jobs[name]) : null]);
  return { ...run, ...(Object.fromEntries(jobsOfQueues) as Readonly<Record<string, unknown>>) };
}
