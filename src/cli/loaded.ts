import { ExitCode, UserError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { loadMeasurements, type Fault, type Loaded } from '../results/store.ts';

/**
 * Loads the measurements in the given paths, by default those in `results`. With published numbers there may be none.
 * @throws UserError exit code 66 if a path does not exist or no measurement is found.
 */
export function loadForTrend(paths: readonly string[], published: boolean): Loaded {
  if (paths.length === 0 && published) return { stored: [], faults: [] };
  const where = paths.length > 0 ? paths : ['results'];
  const loaded = loadMeasurements(where);
  if (loaded.stored.length === 0 && loaded.faults.length === 0 && !published)
    throw new UserError(
      `no measurements found in ${where.join(', ')}: give measurement files or folders that contain them, or add --published`,
      ExitCode.noInput,
    );
  return loaded;
}

/** Prints one line for each file that was left out, and sets exit code 65. */
export function reportLeftOut(faults: readonly Fault[]): void {
  for (const { file, message } of faults)
    process.stderr.write(`doubletime: left out ${printable(`${file}: ${message}`)}\n`);
  if (faults.length > 0) process.exitCode = ExitCode.data;
}
