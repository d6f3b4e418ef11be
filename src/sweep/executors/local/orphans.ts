import { readFileSync } from 'node:fs';
import { holderIn } from '../../locks.ts';
import { checkLiveness } from '../../../base/process-identity.ts';
import type { RunQueue } from '../../run-queue.ts';
import { runPaths } from '../../../results/run-folder.ts';
import { sweepPaths } from '../../../results/sweep-folder.ts';
import type { Slot } from '../../slots.ts';

/** A variable of the environment that a process was started with; undefined if the system does not report it. */
function variableOf(pid: number, name: string): string | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}

/**
 * Runs that a killed sweep has left running use one GPU each. The slot of this GPU takes them over, so that no other run starts
 * there.
 */
export function reserveOrphans(dir: string, queue: RunQueue, slots: readonly Slot[]): void {
  for (const state of queue.states) {
    if (state.phase !== 'pending') continue;
    const holder = holderIn(runPaths(sweepPaths(dir).run(state.run.id)).lock);
    if (holder === undefined || checkLiveness(holder) !== 'alive') continue;
    // A run of a living sweep is not an orphan.
    if (holderIn(sweepPaths(dir).claim(state.run.id)) !== undefined) continue;
    const gpu = variableOf(holder.pid, 'CUDA_VISIBLE_DEVICES');
    const slot = slots.find(({ env }) => gpu !== undefined && env['CUDA_VISIBLE_DEVICES'] === gpu);
    if (slot) state.reservedFor = slot.name;
  }
}
