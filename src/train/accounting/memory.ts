import { readFileSync } from 'node:fs';

/** The most memory that this process has held so far, in bytes. */
export function peakMemoryBytes(): number {
  try {
    // Unlike getrusage's figure, this one does not begin with that of the process that started us.
    const text = readFileSync('/proc/self/status', 'latin1');
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // No /proc: not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
