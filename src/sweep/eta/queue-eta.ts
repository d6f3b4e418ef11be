import { readProgress, type Progress } from '../../results/progress.ts';
import { sweepPaths } from '../../results/sweep-folder.ts';
import { estimateEta, type SweepEta, type TimedRun } from './estimate.ts';
import type { RunState } from '../run-queue.ts';
import { toTimedRun } from './timed-run.ts';

/** The progress of finished runs. It never changes, so it is read once. */
const finalProgress = new WeakMap<RunState, Progress>();

function findProgress(dir: string, state: RunState): Progress | undefined {
  const known = finalProgress.get(state);
  if (known) return known;
  if (state.phase === 'pending' || state.phase === 'blocked') return undefined;
  const progress = readProgress(sweepPaths(dir).run(state.run.id));
  if (progress && state.phase === 'done') finalProgress.set(state, progress);
  return progress;
}

const toTimedPhase = ({ phase }: RunState): TimedRun['phase'] => {
  if (phase === 'done') return 'done';
  if (phase === 'running' || phase === 'elsewhere') return 'running';
  return phase === 'pending' ? 'open' : 'given up';
};

/** Estimates when the sweep of this process ends; undefined while no run has been timed. */
export const estimateQueueEta = (dir: string, states: readonly RunState[]): SweepEta | undefined =>
  estimateEta(
    states.map((state) => toTimedRun(state.run, toTimedPhase(state), findProgress(dir, state))),
    1,
  );
