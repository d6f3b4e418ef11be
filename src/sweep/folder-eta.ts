import { sweepEta, type SweepEta, type TimedRun } from './eta.ts';
import { loadPlans } from './folder.ts';
import type { RunPhase, RunStatus } from './status.ts';
import { timedRun } from './timed-run.ts';

const phases: Readonly<Record<RunPhase, TimedRun['phase']>> = {
  done: 'done',
  running: 'running',
  waiting: 'open',
  queued: 'open',
  stopped: 'open',
  interrupted: 'open',
  failed: 'given up',
  removed: 'given up',
};

/**
 * When the sweeps of a folder will have ended, from its files alone, so on a cluster too. As many runs as run now are
 * expected to run at a time.
 * @returns undefined while no run has been timed.
 */
export function etaOfFolder(dir: string, runs: readonly RunStatus[]): SweepEta | undefined {
  const planned = new Map(loadPlans(dir).flatMap((plan) => plan.runs.map((run) => [run.id, run] as const)));
  const timed = runs.flatMap(({ id, phase, progress }) => {
    const run = planned.get(id);
    return run === undefined ? [] : [timedRun(run, phases[phase], progress ?? undefined)];
  });
  return sweepEta(timed, 1);
}
