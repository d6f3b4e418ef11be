import { UserError } from '../base/errors.ts';
import { statIfExists } from '../base/files/stat.ts';
import { findReadProblem, readMeasurement } from '../results/read.ts';
import type { PlannedRun } from '../results/sweep-plan.ts';
import { levelSetBy } from './result.ts';

/** Whether the measurement of an anchor, in this file, sets a level for the run. */
export type SetsLevel = (run: PlannedRun, file: string) => boolean;

/** Why a measurement cannot be read; undefined if it can. */
export type FindProblem = (file: string) => string | undefined;

export interface MeasurementChecks {
  readonly setsLevel: SetsLevel;
  readonly findProblem: FindProblem;
}

/** Reads each measurement of an anchor once. A damaged one sets no level. */
export function rememberLevels(): SetsLevel {
  const known = new Map<string, boolean>();
  return (run, file) => {
    const key = `${run.level?.metric ?? ''} ${file}`;
    const sets = known.get(key) ?? readsLevel(run, file);
    known.set(key, sets);
    return sets;
  };
}

function readsLevel(run: PlannedRun, file: string): boolean {
  try {
    return levelSetBy(run, readMeasurement(file)) !== undefined;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Checks each measurement once, and again after it has changed. */
export function rememberProblems(): FindProblem {
  const known = new Map<string, { version: string; problem: string | undefined }>();
  return (file) => {
    const { ino, size, mtimeMs } = statIfExists(file) ?? {};
    const version = `${ino} ${size} ${mtimeMs}`;
    const last = known.get(file);
    if (last?.version === version) return last.problem;
    const problem = findReadProblem(file);
    known.set(file, { version, problem });
    return problem;
  };
}
