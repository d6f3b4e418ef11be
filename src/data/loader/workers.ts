import { availableParallelism } from 'node:os';
import { formatBytes, formatCount } from '../../base/format.ts';

/** More threads than cores help only with a slow disk or network, and each takes memory. */
const MAX_WORKERS_PER_CORE = 4;
/** So many threads are allowed on a machine with few cores. */
const MIN_LIMIT = 8;
/** Memory per thread. 256 idle threads take 7.5 GB, which is 30 MB each; images need as much again. */
const BYTES_PER_WORKER = 60e6;

interface Machine {
  readonly cores: number;
  readonly freeBytes: number;
}

const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  freeBytes: process.availableMemory(),
});

/**
 * Why this number of decoding threads is too large for the machine; undefined if it is not. In a message, the text follows the
 * number.
 */
export function workerLimitProblem(workers: number, machine = thisMachine()): string | undefined {
  const byCores = Math.max(MIN_LIMIT, MAX_WORKERS_PER_CORE * machine.cores);
  const byMemory = Math.max(1, Math.floor(machine.freeBytes / 2 / BYTES_PER_WORKER));
  const limit = Math.min(byCores, byMemory);
  if (workers <= limit) return undefined;
  const reason =
    byCores <= byMemory ? formatCount(machine.cores, 'core') : `${formatBytes(machine.freeBytes)} of free memory`;
  return `expected at most ${limit} on this machine with ${reason}`;
}
