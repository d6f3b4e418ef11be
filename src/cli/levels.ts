import { UserError } from '../base/errors.ts';
import { checkLevel } from '../config/level.ts';
import type { RunConfig } from '../config/run.ts';
import { countClasses } from '../data/sources/find.ts';

type Leveled = Pick<RunConfig, 'data' | 'level'>;

/**
 * Refuses levels that cannot tell networks apart, before anything is started, and says on stderr where guessing comes far.
 * `classesOf` says how many classes a dataset has; undefined where that is not known here, and the run will tell.
 * @throws UserError exit code 78.
 */
export function checkLevels(
  runs: Iterable<Leveled>,
  classesOf: (data: RunConfig['data']) => number | undefined = classesHere,
): void {
  const counts = new Map<string, number | undefined>();
  const said = new Set<string>();
  for (const { data, level } of runs) {
    if (level === null) continue;
    const key = JSON.stringify(data);
    if (!counts.has(key)) counts.set(key, classesOf(data));
    const classes = counts.get(key);
    const warning = classes === undefined ? undefined : checkLevel(level, classes);
    if (warning === undefined || said.has(warning)) continue;
    said.add(warning);
    process.stderr.write(`warning: ${warning}\n`);
  }
}

/** A dataset that is not on this machine, or damaged, is the run's to refuse. */
function classesHere(data: RunConfig['data']): number | undefined {
  try {
    return countClasses(data);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
