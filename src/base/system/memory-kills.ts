import { readFileSync } from 'node:fs';

/**
 * The number of processes that the kernel has killed for lack of memory since this machine started, including those of containers with
 * their own limit; undefined if the kernel does not count them (before Linux 4.13).
 */
export function countOomKills(): number | undefined {
  try {
    const kills = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1];
    return kills === undefined ? undefined : Number(kills);
  } catch {
    return undefined;
  }
}
