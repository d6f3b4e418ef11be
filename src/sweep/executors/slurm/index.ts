import type { Executor } from '../executor.ts';
import { cancelJobs, jobStates } from './jobs.ts';
import { slurmOptions } from './options.ts';
import { createBatchFile, submitSweep } from './submit.ts';

/** Executes runs as tasks of Slurm's job arrays. */
export const slurm: Executor = {
  isQueue: true,
  options: slurmOptions,
  check: (request) => void createBatchFile(request),
  submit: (request) => submitSweep(request),
  status: jobStates,
  cancel: cancelJobs,
};
