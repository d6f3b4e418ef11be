import { readFileSync } from 'node:fs';
import { holderIn } from '../../locks.ts';
import { checkLiveness } from '../../../base/system/process-identity.ts';
import type { RunQueue } from '../../run-queue.ts';
import { runPaths } from '../../../results/run-folder.ts';
import { sweepPaths } from '../../../results/sweep-folder.ts';
import type { Slot } from '../../slots.ts';

/** The value of an environment variable of a process; undefined if it is not set, or the system does not report it. */
function readVariable(pid: number, name: string): string | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}

/**
 * Reserves each run that a killed sweep has left running for the slot of the GPU that it uses. So no other run starts on that GPU.
 */
export function reserveOrphans(dir: string, queue: RunQueue, slots: readonly Slot[]): void {
  for (const state of queue.states) {
    if (state.phase !== 'pending') continue;
    const holder = holderIn(runPaths(sweepPaths(dir).run(state.run.id)).lock);
    if (holder === undefined || checkLiveness(holder) !== 'alive') continue;
    // A run of a living sweep is not an orphan.
    if (holderIn(sweepPaths(dir).claim(state.run.id)) !== undefined) continue;
    const gpu = readVariable(holder.pid, 'CUDA_VISIBLE_DEVICES');
    const slot = slots.find(({ env }) => gpu !== undefined && env['CUDA_VISIBLE_DEVICES'] === gpu);
    if (slot) state.reservedFor = slot.name;
  }
}
