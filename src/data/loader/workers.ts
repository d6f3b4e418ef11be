import { availableParallelism } from 'node:os';
import { formatBytes } from '../../base/format.ts';

/** More threads than cores help only with a slow disk or network, and each takes memory. */
const MAX_WORKERS_PER_CORE = 4;
/** Allowed on any machine, however few cores it has. */
const MIN_LIMIT = 8;
/** Memory per thread: the measured 7.5 GB of 256 idle threads per thread, doubled for images. */
const BYTES_PER_WORKER = 60e6;

interface Machine {
  readonly cores: number;
  readonly freeBytes: number;
}

const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  freeBytes: process.availableMemory(),
});

/** Why this number of decoding threads is too large for the machine, to follow the number in a message; else undefined. */
export function workerLimitProblem(workers: number, machine = thisMachine()): string | undefined {
  const byCores = Math.max(MIN_LIMIT, MAX_WORKERS_PER_CORE * machine.cores);
  const byMemory = Math.max(1, Math.floor(machine.freeBytes / 2 / BYTES_PER_WORKER));
  const most = Math.min(byCores, byMemory);
  if (workers <= most) return undefined;
  const why = byCores <= byMemory ? `${machine.cores} cores` : `${formatBytes(machine.freeBytes)} of free memory`;
  return `expected at most ${most} on this machine with ${why}`;
}
