import { ExitCode } from '../base/errors.ts';
import { loadMeasurements, noMeasurements, type UnreadableFile, type LoadedMeasurements } from '../results/store.ts';
import { RESULTS_FOLDER } from '../results/sweep-folder.ts';
import { printMessage } from './output.ts';

/**
 * Loads the measurements in the given paths; default: the folder `results`. With published numbers, no measurement is needed.
 * @throws UserError exit code 66 if a path does not exist or no measurement is found.
 */
export function loadForTrend(paths: readonly string[], published: boolean): LoadedMeasurements {
  if (paths.length === 0 && published) return { stored: [], unreadable: [] };
  const places = paths.length > 0 ? paths : [RESULTS_FOLDER];
  const loaded = loadMeasurements(places);
  if (loaded.stored.length === 0 && loaded.unreadable.length === 0 && !published) throw noMeasurements(places);
  return loaded;
}

/** Prints one line for each file that was left out. Sets exit code 65 if there is one. */
export function reportLeftOut(unreadable: readonly UnreadableFile[]): void {
  for (const { file, message } of unreadable) printMessage(`doubletime: left out ${file}: ${message}`);
  if (unreadable.length > 0) process.exitCode = ExitCode.data;
}
