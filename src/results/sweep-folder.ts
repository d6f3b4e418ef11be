import { join } from 'node:path';
import { runFiles } from './run-folder.ts';

/** The store in a sweep's folder, and the store that commands read if none is named. */
export const RESULTS_FOLDER = 'results';

const sweepFolders = {
  plans: 'sweeps',
  runs: 'runs',
  running: 'at-work',
} as const;

/**
 * The paths in a sweep's folder: the plans, one folder per run, the measurements, and one folder for each executor that needs
 * it.
 */
export const sweepPaths = (folder: string) => {
  const plans = join(folder, sweepFolders.plans);
  const runs = join(folder, sweepFolders.runs);
  return {
    plans,
    plan: (name: string) => join(plans, `${name}.json`),
    runs,
    run: (id: string) => join(runs, id),
    /** The lock of the sweep that manages the run. The run's own process has the run's lock. */
    claim: (id: string) => join(runs, id, runFiles.claim),
    /** One lock for each sweep that is running in this folder. */
    running: join(folder, sweepFolders.running),
    results: join(folder, RESULTS_FOLDER),
    executor: (name: string) => join(folder, name),
  };
};
