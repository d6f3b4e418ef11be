import type { Measurement } from '../results/measurement.ts';
import type { Counts, Trend } from '../trend/types.ts';
import type { Period } from './charts/define.ts';
import type { MissingRun } from './missing.ts';

/** The data of a report. */
export interface ReportInput {
  readonly measurements: readonly Measurement[];
  readonly trend: Trend;
  /** The count of compute on the axes of learning curves. */
  readonly counts: Counts;
  /** The years of the effective compute. */
  readonly period: Period;
  /** Notes on the published numbers; empty if the report does not include them. */
  readonly publishedNotes: readonly string[];
  /** Runs without a measurement. */
  readonly missing: readonly MissingRun[];
}
