import type { Measurement } from '../results/measurement.ts';

/** One run of the search with its number of epochs. */
export interface Trial {
  readonly epochs: number;
  readonly measurement: Measurement;
}

/** The range of schedules to search, in epochs. */
export interface SearchPlan {
  /** The longest schedule that is tried: the epochs of the recipe. */
  readonly longest: number;
  /** A schedule that is assumed to be too short to reach the level; it is not tried. */
  readonly shortest: number;
  /** Relative precision at which the search ends: 0.1 for ten percent. */
  readonly precision: number;
}

export interface SearchResult {
  readonly tries: readonly Trial[];
  /**
   * The run that reached the level with the least compute. Of equal runs, the one with the shortest schedule. Undefined if no run
   * reached the level.
   */
  readonly best: Trial | undefined;
}

const reachedLevel = ({ measurement }: Trial): boolean => measurement.crossing !== null;

/** Rounds to a tenth of an epoch. So a resumed search finds the folders of its runs again. */
const roundEpochs = (epochs: number): number => Math.max(0.1, Math.round(epochs * 10) / 10);

/** Training FLOPs up to the crossing; infinite if the level was not reached. */
const flopsToLevel = ({ measurement }: Trial): number => measurement.crossing?.flops ?? Infinity;

/**
 * Finds the schedule that reaches the level with the least compute, by bisection on a logarithmic scale.
 *
 * The first run has the longest schedule. If it reaches the level, each further run has the geometric mean of two schedules: the
 * longest that failed (at first `shortest`) and the shortest that succeeded. The search ends when the two differ by less than
 * `precision`. Bisection assumes that a shorter schedule needs less compute, and that every schedule below some length fails.
 * Random variation can violate both. So the result is the run with the least compute of all runs.
 */
export async function searchEpochs(
  { longest, shortest, precision }: SearchPlan,
  run: (epochs: number) => Promise<Measurement>,
): Promise<SearchResult> {
  const tries: Trial[] = [];
  const attempt = async (epochs: number): Promise<boolean> => {
    const trial = { epochs, measurement: await run(epochs) };
    tries.push(trial);
    return reachedLevel(trial);
  };
  let [failed, succeeded] = [shortest, roundEpochs(longest)];
  if (await attempt(succeeded)) {
    while (succeeded / failed > 1 + precision) {
      const middle = roundEpochs(Math.sqrt(failed * succeeded));
      if (middle <= failed || middle >= succeeded) break;
      if (await attempt(middle)) succeeded = middle;
      else failed = middle;
    }
  }
  const reached = tries.filter(reachedLevel).sort((a, b) => flopsToLevel(a) - flopsToLevel(b) || a.epochs - b.epochs);
  return { tries, best: reached[0] };
}
