import { readFileSync } from 'node:fs';

/**
 * How many processes the kernel has killed since this machine started because memory had run out, those of containers with
 * a limit of their own too; undefined where it does not tell (before Linux 4.13).
 */
export function countOomKills(): number | undefined {
  try {
    const kills = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1];
    return kills === undefined ? undefined : Number(kills);
  } catch {
    return undefined;
  }
}
