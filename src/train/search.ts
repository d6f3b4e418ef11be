import type { Measurement } from '../results/measurement.ts';

/** One try of the search: so many epochs, and what came of it. */
export interface Trial {
  readonly epochs: number;
  readonly measurement: Measurement;
}

export interface SearchPlan {
  /** Epochs of the recipe as it is: the longest schedule tried. */
  readonly longest: number;
  readonly shortest: number;
  /** The search ends when the answer is known to this part of itself: 0.1 for ten percent. */
  readonly precision: number;
}

export interface SearchResult {
  readonly tries: readonly Trial[];
  /** The try that needed the least compute to the level, of equal ones the shortest; undefined where even the longest did not reach it. */
  readonly best: Trial | undefined;
}

const reaches = ({ measurement }: Trial): boolean => measurement.crossing !== null;

/** Epochs to a tenth, so that a search that is taken up again meets the folders it made. */
const rounded = (epochs: number): number => Math.max(0.1, Math.round(epochs * 10) / 10);

/** Training FLOPs up to the crossing; infinite for a try that did not reach the level. */
const computeOf = ({ measurement }: Trial): number => measurement.crossing?.flops ?? Infinity;

/**
 * Finds the shortest schedule that reaches the level, by bisection on a logarithmic scale: first the longest; where it
 * reaches the level, the geometric middle of the longest that failed (`shortest` to begin with) and the shortest that
 * succeeded, until the two are `precision` apart. That a shorter schedule needs less compute as long as it reaches the level, and that
 * one that is too short is followed by none that does, holds but for the noise of training; so every try is kept, and
 * the least compute of all of them is the answer.
 */
export async function searchEpochs(
  { longest, shortest, precision }: SearchPlan,
  run: (epochs: number) => Promise<Measurement>,
): Promise<SearchResult> {
  const tries: Trial[] = [];
  const attempt = async (epochs: number): Promise<boolean> => {
    const tried = { epochs, measurement: await run(epochs) };
    tries.push(tried);
    return reaches(tried);
  };
  let [failed, succeeded] = [shortest, rounded(longest)];
  if (await attempt(succeeded)) {
    while (succeeded / failed > 1 + precision) {
      const middle = rounded(Math.sqrt(failed * succeeded));
      if (middle <= failed || middle >= succeeded) break;
      if (await attempt(middle)) succeeded = middle;
      else failed = middle;
    }
  }
  const reached = tries.filter(reaches).sort((a, b) => computeOf(a) - computeOf(b) || a.epochs - b.epochs);
  return { tries, best: reached[0] };
}
