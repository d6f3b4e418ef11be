import type { Measurement } from '../results/measurement.ts';
import type { Counts, Trend } from '../trend/types.ts';
import type { Period } from './charts/define.ts';
import type { MissingRun } from './missing.ts';

/** Everything a report is made of. */
export interface ReportInput {
  readonly measurements: readonly Measurement[];
  readonly trend: Trend;
  /** Which count of compute is on the axes of learning curves. */
  readonly counts: Counts;
  readonly period: Period;
  /** What the published numbers say of themselves; none where they are not in the report. */
  readonly publishedNotes: readonly string[];
  readonly missing: readonly MissingRun[];
}
