import type { Metric } from '../config/level.ts';
import type { UnreadableFile } from '../results/store.ts';

/** What one network needs to reach a level, in any unit: one value per seed, infinite if the seed missed the level. */
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

/** The line of log2(need) over months, with what is needed to draw it with its 95 % band. */
export interface FittedLine {
  /** The date at month 0, YYYY-MM-DD. */
  readonly from: string;
  readonly slopePerMonth: number;
  /** log2 of the need at `from`. */
  readonly intercept: number;
  readonly residualDeviation: number | null;
  readonly degreesOfFreedom: number;
  readonly meanMonths: number;
  readonly sumSquaresMonths: number;
  /** Two-sided 95 % quantile of Student's t; null for two points. */
  readonly t95: number | null;
}

/** A network in a fit. */
export interface FitPoint {
  readonly network: string;
  readonly published: string;
  /** What it needs: the median over seeds. */
  readonly value: number;
  /** The least and the largest finite value over seeds. */
  readonly range: readonly [number, number];
  readonly seeds: number;
  readonly seedsAtLevel: number;
  readonly onFrontier: boolean;
  /** What the first network of the frontier needs, divided by what this one needs. */
  readonly reduction: number;
}

/** The trend in one unit. What cannot be estimated is null, and `notes` says why. */
export interface Fit {
  /** What the first network of the frontier needs, divided by what the last one needs. */
  readonly factor: number | null;
  readonly doublingMonths: DoublingMonths;
  /** The factor of Moore's law (a doubling in 24 months) from the first to the last network of the frontier. */
  readonly moore: { readonly factor: number; readonly months: number } | null;
  readonly line: FittedLine | null;
  readonly points: readonly FitPoint[];
  readonly bootstrap: { readonly resamples: number; readonly withoutProgress: number } | null;
  readonly notes: readonly string[];
}

/** How compute is counted: doubletime's exact FLOPs, or 3 x forward MACs as in Hernandez & Brown 2020. */
export type Counts = 'exact' | 'paper';

/** One network at a level. */
export interface TrendPoint {
  readonly network: string;
  readonly published: string;
  readonly teraflopSecondDays: number;
  /** The least and the most over the seeds at the level. */
  readonly range: readonly [number, number];
  readonly onFrontier: boolean;
  readonly reduction: number;
  readonly epochs: number | null;
  readonly teraflopSecondDaysPerEpoch: number | null;
  readonly seeds: number;
  readonly seedsAtLevel: number;
  /** The ids of the measurements that it is made from. */
  readonly measurements: readonly string[];
}

/** The gain of a frontier network, and its two factors: fewer epochs, and less compute per epoch (the paper's Table 1). */
export interface SplitRow {
  readonly network: string;
  readonly epochsFactor: number;
  readonly flopPerEpochFactor: number;
  readonly efficiencyFactor: number;
}

/** A measure that a trend can be fitted to, beside compute; a key of a trend's `measures`. */
export type MeasureName = 'examples' | 'trainingSeconds' | 'energyJoules' | 'cost' | 'forwardMacs';

/** The trend at one level. */
export interface LevelTrend {
  /** The accuracy as a fraction of 1 for measurements; the level's name for published numbers and points of a file. */
  readonly level: number | string;
  /** The level as it is printed: `top-5 79.1 % on imagenet`. */
  readonly name: string;
  readonly metric: Metric | null;
  readonly source: 'measured' | 'published' | 'points';
  readonly data: string | null;
  /** `given` for the points of a file: the compute as it is in the file. */
  readonly counts: Counts | 'given';
  readonly factor: number | null;
  readonly doublingMonths: DoublingMonths;
  readonly moore: Fit['moore'];
  readonly line: FittedLine | null;
  readonly bootstrap: Fit['bootstrap'];
  readonly points: readonly TrendPoint[];
  /** Networks that stay below the level in at least half of their seeds. */
  readonly notReached: readonly string[];
  readonly split: readonly SplitRow[];
  /** The fit of other measures; `forwardMacs` is inference efficiency. */
  readonly measures: Partial<Record<MeasureName, Fit & { readonly unit: string }>>;
  readonly notes: readonly string[];
}

/** One doubling time over many levels. Each level has its own frontier and intercept; all share the slope. */
export interface PooledTrend {
  readonly data: string;
  readonly metric: Metric;
  readonly counts: Counts;
  /** The network that sets which levels are used: those that its learning curve reaches. */
  readonly anchor: string;
  /** Accuracies as fractions of 1. */
  readonly levels: readonly number[];
  /** The number of networks. */
  readonly networks: number;
  readonly months: number | null;
  readonly interval95: Interval | null;
  readonly resamples: number;
  readonly withoutProgress: number;
}

/** One cause of the growth of effective compute. */
export interface GrowthPart {
  readonly factor: number;
  readonly doublings: number;
  /** Its fraction of all doublings. */
  readonly share: number;
}

/** The growth of effective compute over whole years. */
export interface EffectiveCompute {
  readonly from: number;
  readonly to: number;
  readonly hardware: GrowthPart;
  readonly spending: GrowthPart;
  readonly algorithms: GrowthPart;
  /** The product of the three factors. */
  readonly factor: number;
  readonly notes: readonly string[];
}

/** A published figure, and the value recomputed from the published inputs. */
export interface Claim {
  /** The figure in words. */
  readonly what: string;
  readonly stated: number;
  readonly recomputed: number;
  readonly unit: 'times' | 'months' | 'petaFLOP';
  /** Whether the rounded inputs can give the rounded figure. */
  readonly agrees: boolean;
}

/** A count of the published table, and the exact one. */
export interface CountComparison {
  readonly network: string;
  readonly statedGigaMacs: number;
  readonly exactGigaMacs: number;
  readonly ratio: number;
}

/** A file of points that a trend uses. */
export interface PointsSource {
  readonly file: string;
  /** The sha256 of the file. */
  readonly sha256: string;
  /** The number of rows. */
  readonly rows: number;
  /** Headings of columns that were not read. */
  readonly columnsNotRead: readonly string[];
}

/** What `doubletime trend --json` prints and the report draws. */
export interface Trend {
  readonly levels: readonly LevelTrend[];
  /** One doubling time over all levels of the anchor's curve, per dataset; only for measurements, which have curves. */
  readonly pooled?: readonly PooledTrend[];
  /** Hardware, spending and algorithms over a period; missing or null without a period or a trend. */
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
  /** Files that cannot be used, with the reason. */
  readonly leftOut?: readonly UnreadableFile[];
}
