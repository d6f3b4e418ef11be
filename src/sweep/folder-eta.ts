import { readProgress, type Progress } from '../results/progress.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun } from '../results/sweep-plan.ts';
import { sweepEta, type SweepEta, type TimedRun } from './eta.ts';
import { loadPlans } from './folder.ts';
import type { RunState } from './run-queue.ts';
import type { RunPhase, RunStatus } from './status.ts';

/** Seconds per epoch, with evaluations once there was one; null before the first steps. */
function secondsPerEpoch({ seconds, epoch, epochs, top1, etaSeconds }: Progress): number | null {
  if (seconds !== undefined && epoch > 0 && top1 !== null) return seconds / epoch;
  return etaSeconds !== null && epochs > epoch && epoch > 0 ? etaSeconds / (epochs - epoch) : null;
}

function timedRun(run: PlannedRun, phase: TimedRun['phase'], progress: Progress | undefined): TimedRun {
  const { id, name, network, anchor, config, level } = run;
  return {
    ...{ id, name, network, anchor, phase },
    epochs: config.recipe.epochs,
    epoch: progress?.epoch ?? 0,
    secondsPerEpoch: progress ? secondsPerEpoch(progress) : null,
    mayEndEarly: level !== null && anchor !== id && config.stopAt === 'level',
  };
}

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

/** The progress of finished runs never changes, so it is read once. */
const ended = new WeakMap<RunState, Progress>();

function progressOf(dir: string, state: RunState): Progress | undefined {
  const known = ended.get(state);
  if (known) return known;
  if (state.phase === 'pending' || state.phase === 'blocked') return undefined;
  const progress = readProgress(sweepPaths(dir).run(state.run.id));
  if (progress && state.phase === 'done') ended.set(state, progress);
  return progress;
}

const phaseOf = ({ phase }: RunState): TimedRun['phase'] => {
  if (phase === 'done') return 'done';
  if (phase === 'running' || phase === 'elsewhere') return 'running';
  return phase === 'pending' ? 'open' : 'given up';
};

/** When a sweep of this process will have ended; undefined while no run has been timed. */
export const etaOfStates = (dir: string, states: readonly RunState[]): SweepEta | undefined =>
  sweepEta(
    states.map((state) => timedRun(state.run, phaseOf(state), progressOf(dir, state))),
    1,
  );
