import { UserError } from '../../base/errors.ts';
import { checkLevel } from '../../config/level.ts';
import type { RunConfig } from '../../config/run.ts';
import { countClasses } from '../../data/sources/find.ts';
import { printMessage } from '../output.ts';

type RunWithLevel = Pick<RunConfig, 'data' | 'level'>;

/**
 * Checks the levels of runs before anything is started. Warns on stderr if random guesses come close to the metric's maximum.
 * @param findClassCount returns the number of classes of a dataset. If it is undefined, the run checks its level itself.
 * @throws UserError exit code 78 for a metric that random guesses maximize.
 */
export function checkLevels(
  runs: Iterable<RunWithLevel>,
  findClassCount: (data: RunConfig['data']) => number | undefined = countLocalClasses,
): void {
  const counts = new Map<string, number | undefined>();
  const reported = new Set<string>();
  for (const { data, level } of runs) {
    if (level === null) continue;
    const key = JSON.stringify(data);
    if (!counts.has(key)) counts.set(key, findClassCount(data));
    const classes = counts.get(key);
    const warning = classes === undefined ? undefined : checkLevel(level, classes);
    if (warning === undefined || reported.has(warning)) continue;
    reported.add(warning);
    printMessage(`warning: ${warning}`);
  }
}

/** Undefined if the dataset is missing or damaged; the run reports that. */
export function countLocalClasses(data: RunConfig['data']): number | undefined {
  try {
    return countClasses(data);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
