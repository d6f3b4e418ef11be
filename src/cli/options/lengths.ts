import { UserError } from '../../base/errors.ts';
import { checkReach } from '../../config/reach.ts';
import type { RunConfig } from '../../config/run.ts';
import { knownSize } from '../../data/sources/find.ts';
import { countLocalClasses } from './levels.ts';

/** The training images of a run, if they are known without opening its dataset. */
export const findTrainExamples = (data: RunConfig['data']): number | undefined =>
  data.trainExamples ?? knownSize(data)?.trainExamples;

interface NamedRun {
  readonly name: string;
  readonly config: RunConfig;
}

/**
 * Checks before anything is started that each run reaches what its recipe names. A run whose dataset has no known size checks itself.
 * @throws UserError exit code 78, with the run's name, if a part of its recipe would have no effect.
 */
export function checkLengths(runs: Iterable<NamedRun>): void {
  for (const { name, config } of runs) {
    const trainExamples = findTrainExamples(config.data);
    const classes = trainExamples === undefined ? undefined : countLocalClasses(config.data);
    if (trainExamples === undefined || classes === undefined) continue;
    try {
      checkReach(config, { classes, trainExamples });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`${name}: ${error.message}`, error.exitCode, { cause: error });
    }
  }
}
