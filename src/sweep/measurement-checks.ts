import { UserError } from '../base/errors.ts';
import { statIfExists } from '../base/files/stat.ts';
import { findReadProblem, readMeasurement } from '../results/read.ts';
import type { Level } from '../config/level.ts';
import type { RunConfig } from '../config/run.ts';
import { describeForeign, findForeign } from '../results/foreign.ts';
import { levelSetBy } from './result.ts';

/** Whether the measurement of an anchor, in this file, sets this level. */
export type SetsLevel = (file: string, level: Level) => boolean;

/** Why a file is not the measurement of a run: it cannot be read, or is that of another run. Undefined if it is. */
export type FindProblem = (file: string, run: RunConfig | undefined) => string | undefined;

/** Reads each measurement of an anchor once. A damaged one sets no level. */
export function rememberLevels(): SetsLevel {
  const known = new Map<string, boolean>();
  return (file, level) => {
    const key = JSON.stringify([level, file]);
    const sets = known.get(key) ?? readsLevel(file, level);
    known.set(key, sets);
    return sets;
  };
}

function readsLevel(file: string, level: Level): boolean {
  try {
    return levelSetBy(readMeasurement(file), level) !== undefined;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Checks each measurement once, and again after it has changed. */
export function rememberProblems(): FindProblem {
  const known = new Map<string, { version: string; problem: string | undefined }>();
  return (file, run) => {
    const { ino, size, mtimeMs } = statIfExists(file) ?? {};
    const version = `${ino} ${size} ${mtimeMs}`;
    const last = known.get(file);
    if (last?.version === version) return last.problem;
    const problem = findReadProblem(file, (measurement) => {
      const foreign = run && findForeign(measurement, run);
      return foreign && `${file} ${describeForeign(foreign)}`;
    });
    known.set(file, { version, problem });
    return problem;
  };
}
