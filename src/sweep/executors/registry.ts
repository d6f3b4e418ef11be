/** Every executor, one line each. The exported name is what `--executor` takes and its key in a sweep's file. */
export { local } from './local/index.ts';
export { slurm } from './slurm/index.ts';
