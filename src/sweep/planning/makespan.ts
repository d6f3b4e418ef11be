/** A run that is still to be carried out, or the rest of one. */
export interface Task {
  readonly id: string;
  readonly seconds: number;
  /** The run that must have ended before; null for none, and for one that is not in the list. */
  readonly after: string | null;
}

/**
 * The seconds until all tasks have ended, if `workers` of them run at a time and each free worker takes the first task of
 * the list that may start: the order in which a sweep starts its runs.
 */
export function makespan(tasks: readonly Task[], workers: number): number {
  const ids = new Set(tasks.map(({ id }) => id));
  const ends = new Map<string, number>();
  const free = Array.from({ length: Math.max(1, workers) }, () => 0);
  const left = [...tasks];
  const readyAt = ({ after }: Task): number => (after === null || !ids.has(after) ? 0 : (ends.get(after) ?? Infinity));
  while (left.length > 0) {
    const worker = free.indexOf(Math.min(...free));
    const now = free[worker]!;
    const index = left.findIndex((task) => readyAt(task) <= now);
    const next = index < 0 ? earliest(left, readyAt) : index;
    const [task] = left.splice(next, 1);
    const start = Math.max(now, Math.min(readyAt(task!), Number.MAX_VALUE));
    const end = start + task!.seconds;
    ends.set(task!.id, end);
    free[worker] = end;
  }
  return Math.max(0, ...ends.values());
}

/** The task that may start next; the first where all wait for each other. */
function earliest(tasks: readonly Task[], readyAt: (task: Task) => number): number {
  const times = tasks.map(readyAt);
  const least = Math.min(...times);
  return Math.max(0, times.indexOf(least));
}
