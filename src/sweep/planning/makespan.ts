/** A run that has not ended, and its remaining time. */
export interface Task {
  readonly id: string;
  readonly seconds: number;
  /** The id of the task that must end before this one starts; null for none. An id that is not in the list counts as none. */
  readonly after: string | null;
}

/**
 * The seconds until all tasks have ended, with `workers` tasks at the same time. Each free worker takes the first task of the list
 * that may start, as a sweep does.
 */
export function makespan(tasks: readonly Task[], workers: number): number {
  const ids = new Set(tasks.map(({ id }) => id));
  const ends = new Map<string, number>();
  const free = Array.from({ length: Math.max(1, workers) }, () => 0);
  const remaining = [...tasks];
  const readyAt = ({ after }: Task): number => (after === null || !ids.has(after) ? 0 : (ends.get(after) ?? Infinity));
  while (remaining.length > 0) {
    const worker = free.indexOf(Math.min(...free));
    const now = free[worker]!;
    const index = remaining.findIndex((task) => readyAt(task) <= now);
    const next = index < 0 ? findEarliest(remaining, readyAt) : index;
    const [task] = remaining.splice(next, 1);
    const start = Math.max(now, Math.min(readyAt(task!), Number.MAX_VALUE));
    const end = start + task!.seconds;
    ends.set(task!.id, end);
    free[worker] = end;
  }
  return Math.max(0, ...ends.values());
}

/** The index of the task that may start first; 0 if all tasks wait for each other. */
function findEarliest(tasks: readonly Task[], readyAt: (task: Task) => number): number {
  const times = tasks.map(readyAt);
  return Math.max(0, times.indexOf(Math.min(...times)));
}
