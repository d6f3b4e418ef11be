import { computeSpread, type Spread } from '../../generate/studies/torch-study.ts';
import { type Library, type PrecisionRun } from './precision-runs.ts';

/** What is compared of each run. */
export const METRICS = ['top1', 'trainingLoss'] as const;
export type Metric = (typeof METRICS)[number];

/** A mean and its standard error. */
export interface Estimate {
  readonly mean: number;
  /** The standard deviation over the seeds, divided by the square root of their number; NaN for one seed. */
  readonly standardError: number;
}

/** bfloat16 compared with float32, over the seeds that have both. */
export interface FormatComparison {
  readonly library: Library;
  readonly metric: Metric;
  readonly seeds: readonly number[];
  readonly float32: Spread;
  readonly bfloat16: Spread;
  /** bfloat16 minus float32, paired by seed. */
  readonly difference: Estimate;
  /** See `spreadOfThree`, over the values of float32. */
  readonly spreadOfThreeSeeds: number;
}

const binomial = (n: number, k: 2 | 3): number => (k === 2 ? (n * (n - 1)) / 2 : (n * (n - 1) * (n - 2)) / 6);

/**
 * The difference of the largest and the smallest of three values, averaged over all choices of three. For three values it is their
 * range. The range of more values grows with their number; this average does not. NaN for fewer than three values.
 */
export function spreadOfThree(values: readonly number[]): number {
  const { length } = values;
  // The value with index i in order is the largest of binomial(i, 2) choices, and the smallest of binomial(length - 1 - i, 2).
  const sorted = values.toSorted((a, b) => a - b);
  const sum = sorted.reduce((all, value, i) => all + value * (binomial(i, 2) - binomial(length - 1 - i, 2)), 0);
  return length < 3 ? Number.NaN : sum / binomial(length, 3);
}

/** The mean of values that are independent of each other, and its standard error. */
export function estimateMean(values: readonly number[]): Estimate {
  const { mean, deviation } = computeSpread(values);
  return { mean, standardError: values.length < 2 ? Number.NaN : deviation / Math.sqrt(values.length) };
}

/** Compares the formats in one library; undefined if no seed has runs in both formats. */
export function compareFormats(
  runs: readonly PrecisionRun[],
  library: Library,
  metric: Metric,
): FormatComparison | undefined {
  const ofLibrary = runs.filter((run) => run.library === library);
  const pairs = ofLibrary
    .filter(({ precision }) => precision === 'float32')
    .flatMap((full) => {
      const half = ofLibrary.find(({ precision, seed }) => precision === 'bfloat16' && seed === full.seed);
      return half ? [{ seed: full.seed, full: full[metric], half: half[metric] }] : [];
    })
    .toSorted((a, b) => a.seed - b.seed);
  if (pairs.length === 0) return undefined;
  const full = pairs.map((pair) => pair.full);
  return {
    ...{ library, metric },
    seeds: pairs.map(({ seed }) => seed),
    float32: computeSpread(full),
    bfloat16: computeSpread(pairs.map(({ half }) => half)),
    difference: estimateMean(pairs.map(({ full, half }) => half - full)),
    spreadOfThreeSeeds: spreadOfThree(full),
  };
}

/** The difference between the formats in one library minus that in another. The runs of the libraries are independent. */
export const compareDifferences = (a: FormatComparison, b: FormatComparison): Estimate => ({
  mean: a.difference.mean - b.difference.mean,
  standardError: Math.hypot(a.difference.standardError, b.difference.standardError),
});

/** Whether the mean of bfloat16 is at most the spread of three seeds of float32 away from float32's; undefined below three seeds. */
export function isWithinSpread({ seeds, difference, spreadOfThreeSeeds }: FormatComparison): boolean | undefined {
  return seeds.length < 3 ? undefined : Math.abs(difference.mean) <= spreadOfThreeSeeds;
}
