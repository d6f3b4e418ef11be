import type { Measurement } from '../results/measurement.ts';
import type { Fault } from '../results/store.ts';
import type { Claim } from '../trend/published/claims.ts';
import type { Published } from '../trend/published/data.ts';
import type { Counts, LevelTrend } from '../trend/types.ts';
import type { Period } from './charts/effective.ts';
import type { MissingRun } from './missing.ts';

export interface PublishedInput {
  readonly data: Published;
  readonly claims: readonly Claim[];
  readonly errors: readonly string[];
}

/** Everything a report is made of. */
export interface ReportInput {
  readonly measurements: readonly Measurement[];
  /** Measured levels first, then published ones. */
  readonly trends: readonly LevelTrend[];
  readonly counts: Counts;
  readonly period: Period;
  readonly published: PublishedInput | null;
  readonly missing: readonly MissingRun[];
  readonly faults: readonly Fault[];
}
