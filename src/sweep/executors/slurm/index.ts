import type { Executor } from '../executor.ts';
import { cancelJobs, jobStates } from './jobs.ts';
import { slurmOptions } from './options.ts';
import { batchOf, submitSweep } from './submit.ts';

/** Runs as tasks of Slurm's job arrays. */
export const slurm: Executor = {
  isQueue: true,
  options: slurmOptions,
  check: (request) => void batchOf(request),
  submit: (request) => submitSweep(request),
  status: jobStates,
  cancel: cancelJobs,
};
