import { availableParallelism } from 'node:os';
import { formatBytes } from '../../base/format.ts';

/** Threads beyond the cores only wait for a disk or a network; a few of them help, and many take memory for nothing. */
const MAX_PER_CORE = 4;
/** So many are allowed on any machine. */
const ALWAYS_ALLOWED = 8;
/** What an idle thread was measured to take (256 threads, 7.5 GB), doubled for images. */
const BYTES_PER_WORKER = 60e6;

interface Machine {
  readonly cores: number;
  readonly freeBytes: number;
}

const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  freeBytes: process.availableMemory(),
});

/** Why so many decoding threads are too many for a machine, to follow their number; undefined where they are not. */
export function workersFault(workers: number, machine = thisMachine()): string | undefined {
  const byCores = Math.max(ALWAYS_ALLOWED, MAX_PER_CORE * machine.cores);
  const byMemory = Math.max(1, Math.floor(machine.freeBytes / 2 / BYTES_PER_WORKER));
  const most = Math.min(byCores, byMemory);
  if (workers <= most) return undefined;
  const why = byCores <= byMemory ? `${machine.cores} cores` : `${formatBytes(machine.freeBytes)} of free memory`;
  return `expected at most ${most} on this machine with ${why}`;
}
