import { renameSync, rmSync } from 'node:fs';
import { ExitCode, UserError } from '../../base/errors.ts';
import { isThere, writeFailure } from '../../base/files.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../../results/measurement.ts';
import type { Reporter } from '../watch/reporter.ts';
import { readFinished, runId } from '../accounting/result.ts';
import type { RunFolder } from './run-folder.ts';

interface Asked {
  readonly config: RunConfig;
  readonly extend: boolean;
  readonly reporter: Reporter;
}

/** A finished run's result, unless it is to be lengthened: then the result makes way under another name. */
export function takeFinished(
  folder: RunFolder,
  { config, extend, reporter }: Asked,
  before: RunConfig | undefined,
  requireHeld: () => void,
): Measurement | undefined {
  const measurement = readFinished(folder);
  if (!measurement) return undefined;
  const longer = before !== undefined && runId(before) !== runId(config);
  if (extend && longer && measurement.status !== 'diverged') {
    requireHeld();
    makeWay(folder);
    return undefined;
  }
  reporter.finished(measurement);
  if (measurement.status === 'diverged')
    throw new UserError(`${folder.path}: this run has diverged already`, ExitCode.software);
  return measurement;
}

/** Keeps a result under another name, for one that is longer to take its own. @throws UserError exit code 73 or 74 */
function makeWay({ measurement, budget }: RunFolder): void {
  let n = 1;
  while (isThere(`${measurement}.before-${n}`)) n += 1;
  try {
    renameSync(measurement, `${measurement}.before-${n}`);
    // What ended it then shall not end it again.
    rmSync(budget, { force: true });
  } catch (error) {
    throw writeFailure(measurement, error);
  }
}
