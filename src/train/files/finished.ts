import { renameSync, rmSync } from 'node:fs';
import { dataError, ExitCode, UserError } from '../../base/errors.ts';
import { withWriteErrors } from '../../base/files/files.ts';
import { pathExists } from '../../base/files/stat.ts';
import type { RunConfig } from '../../config/run.ts';
import { describeForeign, findForeign } from '../../results/foreign.ts';
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
 * Returns the measurement of a finished run; undefined if the run has not finished. To extend a finished run, renames its
 * measurement to `measurement.json.before-N` and returns undefined.
 * @throws UserError exit code 70 if the run diverged, 65 if the measurement is of another run.
 */
export function reuseFinished(
  folder: RunFolder,
  { config, extend, reporter }: Request,
  before: RunConfig | undefined,
  requireHeld: () => void,
): Measurement | undefined {
  const measurement = readRunMeasurement(folder);
  if (!measurement) return undefined;
  const foreign = findForeign(measurement, before ?? config);
  if (foreign !== undefined) throw dataError(`${folder.measurement} ${describeForeign(foreign)}`);
  const hasChanged = before !== undefined && runId(before) !== runId(config);
  if (extend && hasChanged && measurement.status !== 'diverged') {
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

/** Renames the measurement of a run that is extended, so that the new one does not replace it. @throws UserError exit code 73 or 74. */
function archiveMeasurement({ measurement, budget }: RunFolder): void {
  let n = 1;
  while (pathExists(`${measurement}.before-${n}`)) n += 1;
  withWriteErrors(measurement, () => {
    renameSync(measurement, `${measurement}.before-${n}`);
    // The limit that stopped the run must not stop it again.
    rmSync(budget, { force: true });
  });
}
