import { readMeasurementText } from '../read.ts';
import { TRACKER_COLUMNS } from '../tracker.ts';
import type { Finding } from './finding.ts';
import { validateMeasurement } from './measurement.ts';
import { validateTracker } from './tracker.ts';

/** The findings of one file, as `validate --json` prints them. */
export interface Validation {
  readonly file: string;
  readonly what: 'measurement' | 'tracker';
  readonly findings: readonly Finding[];
}

/**
 * Checks a measurement or a CSV of tracker entries.
 * @param asEntry whether a measurement must follow the rules of the public tracker.
 * @throws UserError exit code 66 for a missing file, 65, 74 or 77 for one that cannot be read.
 */
export function validateFile(file: string, asEntry: boolean): Validation {
  const text = readMeasurementText(file);
  const isTracker = /\.csv$/i.test(file) || text.startsWith(TRACKER_COLUMNS[0]);
  return isTracker
    ? { file, what: 'tracker', findings: validateTracker(text) }
    : { file, what: 'measurement', findings: validateMeasurement(text, asEntry) };
}
