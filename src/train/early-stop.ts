import { messageOf } from '../base/errors.ts';
import { readTextIfExists } from '../base/files/read-file.ts';
import { accuracyAt, reachesLevel } from '../results/crossing.ts';
import { flopsLimitSchema, type FlopsLimit } from '../results/flops-limit.ts';
import type { CurvePoint } from '../results/measurement.ts';
import type { RunPlan } from './plan.ts';

/** Reads the limit that a sweep has written to `budget.json`; undefined without the file. Warns and ignores a file that cannot be read. */
function readLimit(file: string, warn: (message: string) => void): FlopsLimit | undefined {
  try {
    const text = readTextIfExists(file);
    return text === undefined ? undefined : flopsLimitSchema.parse(JSON.parse(text));
  } catch (error) {
    warn(`${file} is ignored: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * Called after an evaluation. Returns the FLOP limit that the run has used up before it reached its level; undefined if the run may
 * continue. A run that has reached the level but must confirm it (`evaluationsInARow`) is never stopped: its crossing is the first
 * of these evaluations, so it lies below the limit.
 */
export function findSpentLimit(
  file: string,
  { level, config }: RunPlan,
  curve: readonly CurvePoint[],
  warn: (message: string) => void,
): FlopsLimit | undefined {
  const last = curve[curve.length - 1];
  if (level === null || config.stopAt !== 'level' || last === undefined) return undefined;
  if (reachesLevel(accuracyAt(last, level.metric), level)) return undefined;
  const limit = readLimit(file, warn);
  return limit !== undefined && last.flops >= limit.limitFlops ? limit : undefined;
}
