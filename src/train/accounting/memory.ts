import { readFileSync } from 'node:fs';

/** The peak resident memory of this process so far, in bytes. */
export function peakMemoryBytes(): number {
  try {
    // Unlike getrusage's maximum, VmHWM does not include the parent process's peak.
    const text = readFileSync('/proc/self/status', 'latin1');
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
  } catch {
    // No /proc: not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
