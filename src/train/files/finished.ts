import { renameSync, rmSync } from 'node:fs';
import { ExitCode, UserError } from '../../base/errors.ts';
import { isThere, withWriteErrors } from '../../base/files.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../../results/measurement.ts';
import type { Reporter } from '../watch/reporter.ts';
import { readRunMeasurement, runId } from '../accounting/result.ts';
import type { RunFolder } from './run-folder.ts';

interface Request {
  readonly config: RunConfig;
  readonly extend: boolean;
  readonly reporter: Reporter;
}

/**
 * The measurement of a finished run; undefined if the run has not finished, or is to be extended. In the latter case its
 * measurement is renamed to `measurement.json.before-N`.
 * @throws UserError exit code 70 if the run diverged.
 */
export function reuseFinished(
  folder: RunFolder,
  { config, extend, reporter }: Request,
  before: RunConfig | undefined,
  requireHeld: () => void,
): Measurement | undefined {
  const measurement = readRunMeasurement(folder);
  if (!measurement) return undefined;
  const longer = before !== undefined && runId(before) !== runId(config);
  if (extend && longer && measurement.status !== 'diverged') {
    requireHeld();
    archiveMeasurement(folder);
    return undefined;
  }
  reporter.finished(measurement);
  if (measurement.status === 'diverged')
    throw new UserError(
      `${folder.path}: this run has already diverged: change its recipe and start a new run in another folder`,
      ExitCode.software,
    );
  return measurement;
}

/** Renames a measurement to make room for that of the extended run. @throws UserError exit code 73 or 74. */
function archiveMeasurement({ measurement, budget }: RunFolder): void {
  let n = 1;
  while (isThere(`${measurement}.before-${n}`)) n += 1;
  withWriteErrors(measurement, () => {
    renameSync(measurement, `${measurement}.before-${n}`);
    // The limit that stopped the run must not stop it again.
    rmSync(budget, { force: true });
  });
}
