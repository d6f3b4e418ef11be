import { UserError } from '../base/errors.ts';
import { checkLevel } from '../config/level.ts';
import type { RunConfig } from '../config/run.ts';
import { countClasses } from '../data/sources/find.ts';
import { printMessage } from './output.ts';

type RunWithLevel = Pick<RunConfig, 'data' | 'level'>;

/**
 * Checks levels before anything is started: refuses a level that guessing reaches, and warns on stderr if it is close.
 * @param classesOf the number of classes of a dataset; undefined if unknown, then the run checks its level itself.
 * @throws UserError exit code 78.
 */
export function checkLevels(
  runs: Iterable<RunWithLevel>,
  classesOf: (data: RunConfig['data']) => number | undefined = countLocalClasses,
): void {
  const counts = new Map<string, number | undefined>();
  const reported = new Set<string>();
  for (const { data, level } of runs) {
    if (level === null) continue;
    const key = JSON.stringify(data);
    if (!counts.has(key)) counts.set(key, classesOf(data));
    const classes = counts.get(key);
    const warning = classes === undefined ? undefined : checkLevel(level, classes);
    if (warning === undefined || reported.has(warning)) continue;
    reported.add(warning);
    printMessage(`warning: ${warning}`);
  }
}

/** Undefined if the dataset is missing or damaged; the run reports that. */
function countLocalClasses(data: RunConfig['data']): number | undefined {
  try {
    return countClasses(data);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
