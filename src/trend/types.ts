import type { Metric } from '../config/level.ts';
import type { UnreadableFile } from '../results/store.ts';

/** The needs of one network in one unit: one value per seed, infinite if a seed missed the level. */
export interface Sample {
  readonly network: string;
  /** YYYY-MM-DD. */
  readonly published: string;
  readonly values: readonly number[];
}

/** A lower and an upper bound in months; null means no bound. */
export type Interval = readonly [number | null, number | null];

/** The estimates of the time in which the need halves, in months of 30.4375 days; docs/trend.md has the formulas. */
export interface DoublingMonths {
  readonly endToEnd: number | null;
  readonly leastSquares: number | null;
  readonly leastSquares95: Interval | null;
  readonly bootstrap95: Interval | null;
  /** The least-squares estimate with each network left out in turn. */
  readonly leaveOneOut: readonly { readonly without: string; readonly months: number | null }[];
  readonly theilSen: number | null;
}

/** The straight line of log2(need) over months since `from`, for drawing it with its 95 % band. */
export interface FittedLine {
  readonly from: string;
  readonly slopePerMonth: number;
  /** log2 of the need at `from`. */
  readonly intercept: number;
  readonly residualDeviation: number | null;
  readonly degreesOfFreedom: number;
  readonly meanMonths: number;
  readonly sumSquaresMonths: number;
  /** Two-sided 95 % quantile of Student's t; null with two points. */
  readonly t95: number | null;
}

/** A network's place in a fit. */
export interface FitPoint {
  readonly network: string;
  readonly published: string;
  /** The median over seeds. */
  readonly value: number;
  /** The least and the largest finite value over seeds. */
  readonly range: readonly [number, number];
  readonly seeds: number;
  readonly seedsAtLevel: number;
  readonly onFrontier: boolean;
  /** Need of the frontier's first network divided by this one's. */
  readonly reduction: number;
}

/** The trend in one unit. Where something cannot be estimated it is null and `notes` says why. */
export interface Fit {
  readonly factor: number | null;
  readonly doublingMonths: DoublingMonths;
  /** Moore's law, doubling in 24 months, over the time from the frontier's first to its last network. */
  readonly moore: { readonly factor: number; readonly months: number } | null;
  readonly line: FittedLine | null;
  readonly points: readonly FitPoint[];
  readonly bootstrap: { readonly resamples: number; readonly withoutProgress: number } | null;
  readonly notes: readonly string[];
}

/** Which count of a network's work: this project's exact FLOPs, or Hernandez & Brown's 3 x forward MACs. */
export type Counts = 'exact' | 'paper';

/** One network at a level. */
export interface TrendPoint {
  readonly network: string;
  readonly published: string;
  readonly teraflopSecondDays: number;
  /** Of the seeds at the level. */
  readonly range: readonly [number, number];
  readonly onFrontier: boolean;
  readonly reduction: number;
  readonly epochs: number | null;
  readonly teraflopSecondDaysPerEpoch: number | null;
  readonly seeds: number;
  readonly seedsAtLevel: number;
  /** The ids of the measurements behind it. */
  readonly measurements: readonly string[];
}

/** How much of a frontier network's gain came from fewer epochs, how much from less work per epoch (the paper's Table 1). */
export interface SplitRow {
  readonly network: string;
  readonly epochsFactor: number;
  readonly flopPerEpochFactor: number;
  readonly efficiencyFactor: number;
}

export type MeasureName = 'examples' | 'trainingSeconds' | 'energyJoules' | 'cost' | 'forwardMacs';

/** The trend at one level. */
export interface LevelTrend {
  /** The accuracy as a fraction of 1 for measurements; the level's name for published numbers and points of a file. */
  readonly level: number | string;
  /** For people: `top-5 79.1 %, imagenet`. */
  readonly name: string;
  readonly metric: Metric | null;
  readonly source: 'measured' | 'published' | 'points';
  readonly data: string | null;
  /** `given` for points of a file, which have the compute that somebody wrote there. */
  readonly counts: Counts | 'given';
  readonly factor: number | null;
  readonly doublingMonths: DoublingMonths;
  readonly moore: Fit['moore'];
  readonly line: FittedLine | null;
  readonly bootstrap: Fit['bootstrap'];
  readonly points: readonly TrendPoint[];
  /** Networks with curves that stay below the level (in at least half of their seeds). */
  readonly notReached: readonly string[];
  readonly split: readonly SplitRow[];
  /** The other measures by the same fit; `forwardMacs` is inference efficiency. */
  readonly measures: Partial<Record<MeasureName, Fit & { readonly unit: string }>>;
  readonly notes: readonly string[];
}

/** One doubling time over many levels: each level has its own frontier and intercept, the slope is shared. */
export interface PooledTrend {
  readonly data: string;
  readonly metric: Metric;
  readonly counts: Counts;
  /** The network whose curve says which levels are pooled. */
  readonly anchor: string;
  /** Accuracies as fractions of 1. */
  readonly levels: readonly number[];
  readonly networks: number;
  readonly months: number | null;
  readonly interval95: Interval | null;
  readonly resamples: number;
  readonly withoutProgress: number;
}

/** One cause's part in the growth of effective compute. */
export interface Part {
  readonly factor: number;
  readonly doublings: number;
  /** Of all doublings. */
  readonly share: number;
}

/** Growth over whole years. */
export interface EffectiveCompute {
  readonly from: number;
  readonly to: number;
  readonly hardware: Part;
  readonly spending: Part;
  readonly algorithms: Part;
  /** All three multiplied. */
  readonly factor: number;
  readonly notes: readonly string[];
}

/** A published figure, and the value recomputed from the published inputs. */
export interface Claim {
  readonly what: string;
  readonly stated: number;
  readonly recomputed: number;
  readonly unit: 'times' | 'months' | 'petaFLOP';
  /** Whether the rounded inputs can give the rounded figure. */
  readonly agrees: boolean;
}

/** A count of the published table beside the exact one. */
export interface CountComparison {
  readonly network: string;
  readonly statedGigaMacs: number;
  readonly exactGigaMacs: number;
  readonly ratio: number;
}

/** A file of points: where numbers of a trend come from. */
export interface PointsSource {
  readonly file: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly rows: number;
  /** Headings of columns that were not read. */
  readonly columnsNotRead: readonly string[];
}

/** What `doubletime trend --json` prints and the report draws. */
export interface Trend {
  readonly levels: readonly LevelTrend[];
  /** One doubling time over all levels of the anchor's curve, per dataset; only for measurements, which have curves. */
  readonly pooled?: readonly PooledTrend[];
  /** Hardware, spending and algorithms over a period; null without a request or a trend. */
  readonly effectiveCompute?: EffectiveCompute | null;
  /** The published figures, recomputed, and the errors in them. */
  readonly published?: {
    readonly source: string;
    readonly claims: readonly Claim[];
    readonly errors: readonly string[];
    readonly counts: readonly CountComparison[];
  };
  /** The files of points (`--points`) in this trend. */
  readonly points?: readonly PointsSource[];
  /** Files that could not be read. */
  readonly leftOut?: readonly UnreadableFile[];
}
