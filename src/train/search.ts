import type { Measurement } from '../results/measurement.ts';

/** One run of the search, and its number of epochs. */
export interface Trial {
  readonly epochs: number;
  readonly measurement: Measurement;
}

export interface SearchPlan {
  /** Epochs of the recipe: the longest schedule that is tried. */
  readonly longest: number;
  readonly shortest: number;
  /** Relative precision at which the search ends: 0.1 for ten percent. */
  readonly precision: number;
}

export interface SearchResult {
  readonly tries: readonly Trial[];
  /**
   * The run that reached the level with the least compute; of equal runs, the one with the shortest schedule. Undefined if
   * none reached it.
   */
  readonly best: Trial | undefined;
}

const reachedLevel = ({ measurement }: Trial): boolean => measurement.crossing !== null;

/** Rounds to a tenth of an epoch, so that a resumed search finds the folders of its runs again. */
const roundEpochs = (epochs: number): number => Math.max(0.1, Math.round(epochs * 10) / 10);

/** Training FLOPs up to the crossing; infinite if the level was not reached. */
const flopsToLevel = ({ measurement }: Trial): number => measurement.crossing?.flops ?? Infinity;

/**
 * Finds the schedule that reaches the level with the least compute, by bisection on a logarithmic scale.
 *
 * The first run has the longest schedule. If it reaches the level, each further run has the geometric mean of the longest
 * schedule that failed (at first `shortest`) and the shortest that succeeded, until the two differ by less than `precision`.
 * Bisection assumes that a shorter schedule needs less compute and that every schedule below some length fails. Training
 * noise can violate both, so all runs are kept, and the result is the run with the least compute of all.
 */
export async function searchEpochs(
  { longest, shortest, precision }: SearchPlan,
  run: (epochs: number) => Promise<Measurement>,
): Promise<SearchResult> {
  const tries: Trial[] = [];
  const attempt = async (epochs: number): Promise<boolean> => {
    const tried = { epochs, measurement: await run(epochs) };
    tries.push(tried);
    return reachedLevel(tried);
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
