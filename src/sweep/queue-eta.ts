import { readProgress, type Progress } from '../results/progress.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import { sweepEta, type SweepEta, type TimedRun } from './eta.ts';
import type { RunState } from './run-queue.ts';
import { timedRun } from './timed-run.ts';

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
