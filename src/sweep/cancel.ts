import type { Cancelled, Executors } from './executors/executor.ts';
import { executors as registered } from './executors/index.ts';

/**
 * Stops a sweep: its jobs in queues and its processes on this machine. Runs write checkpoints first, so the same sweep command
 * resumes them later.
 * @throws UserError 69 if a queue with jobs of the sweep cannot be reached.
 */
export async function cancelSweep(dir: string, executors: Executors = registered): Promise<Cancelled> {
  const all = Object.values(executors);
  const queuesFirst = [...all.filter(({ isQueue }) => isQueue), ...all.filter(({ isQueue }) => !isQueue)];
  const cancelled: Cancelled[] = [];
  const stoppedRuns = new Set<string>();
  for (const executor of queuesFirst) {
    const part = await executor.cancel(dir, stoppedRuns);
    for (const id of part.stoppedRuns ?? []) stoppedRuns.add(id);
    cancelled.push(part);
  }
  return {
    jobs: cancelled.flatMap(({ jobs }) => jobs),
    terminated: cancelled.flatMap(({ terminated }) => terminated),
    unreachable: cancelled.flatMap(({ unreachable }) => unreachable),
  };
}
