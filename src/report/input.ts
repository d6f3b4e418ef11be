import type { Measurement } from '../results/measurement.ts';
import type { Counts, Trend } from '../trend/types.ts';
import type { Period } from './charts/define.ts';
import type { MissingRun } from './missing.ts';

/** The data of a report. */
export interface ReportInput {
  readonly measurements: readonly Measurement[];
  readonly trend: Trend;
  /** Which count of compute is on the axes of learning curves. */
  readonly counts: Counts;
  readonly period: Period;
  /** Notes on the published numbers; empty if the report does not include them. */
  readonly publishedNotes: readonly string[];
  readonly missing: readonly MissingRun[];
}
