import type { Resources } from './executors/executor.ts';

/** A place for one run at a time: a GPU, or a share of the CPU cores. */
export interface Slot {
  readonly name: string;
  /** Added to the run's environment. */
  readonly env: Readonly<Record<string, string>>;
}

const threadVariables = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'];

/** Parses CUDA_VISIBLE_DEVICES as CUDA does: the list ends at -1 or at a GPU that does not exist. A repeated GPU counts once. */
function visibleGpus(list: string, gpus: number): string[] {
  const ids = list
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const end = ids.findIndex((id) => /^-?\d+$/.test(id) && !(Number(id) >= 0 && Number(id) < gpus));
  return [...new Set(end < 0 ? ids : ids.slice(0, end))];
}

/**
 * The slots of a sweep: one per GPU, or one without GPUs, or `workers` slots. The slots share the CPU cores. Only GPUs that the
 * environment makes visible are used: `CUDA_VISIBLE_DEVICES=2,3` gives two slots. With more workers than GPUs, several workers
 * share a GPU.
 */
export function slotsFor(
  { gpus, threads }: Resources,
  workers?: number,
  visible = process.env['CUDA_VISIBLE_DEVICES'],
  environment: NodeJS.ProcessEnv = process.env,
): Slot[] {
  const all = Array.from({ length: gpus }, (_, i) => String(i));
  const usable = gpus === 0 || visible === undefined ? all : visibleGpus(visible, gpus);
  const count = workers ?? Math.max(1, usable.length);
  const share = String(Math.max(1, Math.floor(threads / count)));
  return Array.from({ length: count }, (_, i) => {
    const gpu = usable[i % Math.max(1, usable.length)];
    // Variables that the user has set stay unchanged. An empty variable counts as not set.
    const unset = threadVariables.filter((name) => (environment[name] ?? '') === '');
    const env: Record<string, string> = {
      ...Object.fromEntries(unset.map((name) => [name, share])),
      ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
    };
    const name = gpu === undefined ? (count === 1 ? 'the CPU' : `worker ${i + 1}`) : `GPU ${gpu}`;
    return { name, env };
  });
}
