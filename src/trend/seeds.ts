import { groupBy } from '../base/group-by.ts';
import type { FixedLevel } from '../config/level.ts';
import { crossingIndex } from '../results/crossing.ts';
import type { Measurement } from '../results/measurement.ts';

/** Whether a run ended although it could have gone on: at a level of its own, by its budget, or early by its sweep. */
const couldGoOn = ({ status }: Measurement): boolean => status !== 'finished' && status !== 'diverged';

const misses = ({ curve }: Measurement, level: FixedLevel | undefined): boolean =>
  level === undefined || crossingIndex(curve, level) < 0;

/** The run that started last; of equal starts, the longer one, then the one with more evaluations. Does not depend on the order. */
const lastStarted = (runs: readonly Measurement[]): Measurement =>
  runs.toSorted(
    (a, b) =>
      Date.parse(b.environment.startedAt) - Date.parse(a.environment.startedAt) ||
      b.totals.examples - a.totals.examples ||
      b.curve.length - a.curve.length ||
      (a.sha256 < b.sha256 ? -1 : 1),
  )[0]!;

/** The run that stands for a seed. It is not chosen by its result, which would make the network look better or worse. */
function runOfSeed(runs: readonly Measurement[], level: FixedLevel | undefined): Measurement {
  const examples = Math.max(...runs.map(({ totals }) => totals.examples));
  const complete = runs.filter((run) => run.totals.examples === examples || !couldGoOn(run) || !misses(run, level));
  return lastStarted(complete);
}

/**
 * One run per seed, of runs that differ only in their seed, budget, level or evaluations. A seed that was trained twice is not two
 * seeds. A run that could have gone on does not stand for its seed if another one was trained further.
 * @param level the level that the runs are compared at; undefined for all levels.
 */
export const oneRunPerSeed = (runs: readonly Measurement[], level?: FixedLevel): Measurement[] =>
  [...groupBy(runs, ({ seed }) => String(seed)).values()].map((same) =>
    same.length === 1 ? same[0]! : runOfSeed(same, level),
  );
