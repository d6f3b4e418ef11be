import { join } from 'node:path';
import { runFiles } from './run-folder.ts';

/** The folder of measurements that commands read where none is named, and that a sweep writes in its own folder. */
export const RESULTS_FOLDER = 'results';

const sweepFolders = {
  plans: 'sweeps',
  runs: 'runs',
  running: 'at-work',
} as const;

/**
 * The paths in a sweep's folder: the plans, one folder per run, the measurements, and a folder for each executor that needs
 * one.
 */
export const sweepPaths = (folder: string) => {
  const plans = join(folder, sweepFolders.plans);
  const runs = join(folder, sweepFolders.runs);
  return {
    plans,
    plan: (name: string) => join(plans, `${name}.json`),
    runs,
    run: (id: string) => join(runs, id),
    /** Held by the sweep that manages the run; the run's own process holds the run's lock. */
    claim: (id: string) => join(runs, id, runFiles.claim),
    /** One lock for each sweep that is running in this folder. */
    running: join(folder, sweepFolders.running),
    results: join(folder, RESULTS_FOLDER),
    executor: (name: string) => join(folder, name),
  };
};
