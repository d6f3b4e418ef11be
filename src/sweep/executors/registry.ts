/** Every executor, one line each. The exported name is the value of `--executor` and the key of its options in a sweep config. */
export { local } from './local/index.ts';
export { slurm } from './slurm/index.ts';
