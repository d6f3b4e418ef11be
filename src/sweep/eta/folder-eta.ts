import { estimateEta, type SweepEta, type TimedRun } from './estimate.ts';
import { loadPlans } from '../folder.ts';
import type { RunPhase, RunStatus } from '../status.ts';
import { toTimedRun } from './timed-run.ts';

const phases: Readonly<Record<RunPhase, TimedRun['phase']>> = {
  done: 'done',
  running: 'running',
  waiting: 'open',
  queued: 'open',
  stopped: 'open',
  interrupted: 'open',
  failed: 'given up',
  removed: 'given up',
  blocked: 'given up',
};

/**
 * Estimates when the sweeps of a folder end. Reads only files, so it works on a cluster too. Assumes that as many runs run at the
 * same time as now.
 * @returns undefined while no run has been timed.
 */
export function estimateFolderEta(dir: string, runs: readonly RunStatus[]): SweepEta | undefined {
  const planned = new Map(loadPlans(dir).flatMap((plan) => plan.runs.map((run) => [run.id, run] as const)));
  const timed = runs.flatMap(({ id, phase, progress }) => {
    const run = planned.get(id);
    return run === undefined ? [] : [toTimedRun(run, phases[phase], progress ?? undefined)];
  });
  return estimateEta(timed, 1);
}
