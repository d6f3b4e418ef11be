import type { Executor } from './executor.ts';
import { local } from './local/index.ts';
import { slurm } from './slurm/index.ts';

/** Every executor by its name. The first is the default. */
export const executors: Record<string, Executor> = { local, slurm };
