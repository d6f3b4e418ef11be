import type { Cancelled, Executor, Executors } from './executors/executor.ts';
import { executors as registered } from './executors/index.ts';

async function cancelAll(executors: readonly Executor[], dir: string): Promise<Cancelled> {
  const cancelled: Cancelled[] = [];
  for (const executor of executors) cancelled.push(await executor.cancel(dir));
  return {
    jobs: cancelled.flatMap(({ jobs }) => jobs),
    terminated: cancelled.flatMap(({ terminated }) => terminated),
    unreachable: cancelled.flatMap(({ unreachable }) => unreachable),
  };
}

/**
 * Stops a sweep: its jobs in queues and its processes on this machine. Runs write checkpoints first, so the same sweep command
 * resumes them later.
 * @throws UserError 69 if a queue with jobs of the sweep cannot be reached.
 */
export async function cancelSweep(dir: string, executors: Executors = registered): Promise<Cancelled> {
  const all = Object.values(executors);
  const queued = await cancelAll(
    all.filter(({ isQueue }) => isQueue),
    dir,
  );
  // If jobs were cancelled, the processes that run in the folder belong to these jobs.
  if (queued.jobs.length > 0) return queued;
  const here = await cancelAll(
    all.filter(({ isQueue }) => !isQueue),
    dir,
  );
  return { ...here, unreachable: [...queued.unreachable, ...here.unreachable] };
}
