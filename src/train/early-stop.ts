import { messageOf } from '../base/errors.ts';
import { readTextIfThere } from '../base/read-file.ts';
import { accuracyAt, reachesLevel } from '../results/crossing.ts';
import { flopsLimitSchema, type FlopsLimit } from '../results/flops-limit.ts';
import type { CurvePoint } from '../results/measurement.ts';
import type { RunPlan } from './plan.ts';

/** What the sweep says in `budget.json`; nothing where there is none. One that cannot be read ends no run. */
function readLimit(file: string, warn: (message: string) => void): FlopsLimit | undefined {
  try {
    const text = readTextIfThere(file);
    return text === undefined ? undefined : flopsLimitSchema.parse(JSON.parse(text));
  } catch (error) {
    warn(`${file} is passed over: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * The limit that a run has spent without having reached its level, asked after an evaluation; undefined while it goes on. A
 * run whose last evaluation is at the level waits for the further ones its rule asks for: its crossing lies before them.
 */
export function spentLimit(
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
