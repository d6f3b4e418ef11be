import { join } from 'node:path';
import { runFiles } from './run-folder.ts';

/**
 * Where everything of a sweep is: `sweeps/` what is planned, `runs/` one folder per run, `results/` what was measured, and
 * for an executor that needs one a folder of its own name.
 */
export const sweepPaths = (dir: string) => ({
  plans: join(dir, 'sweeps'),
  plan: (name: string) => join(dir, 'sweeps', `${name}.json`),
  runs: join(dir, 'runs'),
  run: (id: string) => join(dir, 'runs', id),
  /** The sweep's own claim on a run; the run's process holds `lock` beside it. */
  claim: (id: string) => join(dir, 'runs', id, runFiles.claim),
  /** A lock for each sweep at work. */
  atWork: join(dir, 'at-work'),
  results: join(dir, 'results'),
  executor: (name: string) => join(dir, name),
});
