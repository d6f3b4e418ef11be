import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { checkLiveness, type ProcessIdentity } from '../base/process-identity.ts';

/** The files by which doubletime is started. */
export const doubletimePrograms: readonly string[] = ['doubletime', 'doubletime.mjs', 'doubletime.js'];

/** The arguments a process was started with; none if the system does not tell. */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/**
 * Whether a lock file names a living process of this machine that one of these programs runs in. A lock file may be
 * damaged, old or someone's trap: 0, 1 and negative numbers mean other processes or whole groups to the system, and a
 * number alone may belong to another process by now. So the start time, the machine's boot and the command must agree.
 */
export function isOwnProcess(holder: ProcessIdentity, programs: readonly string[]): boolean {
  const { pid, startedTicks } = holder;
  if (!Number.isSafeInteger(pid) || pid <= 1 || !Number.isSafeInteger(startedTicks)) return false;
  if (checkLiveness(holder) !== 'alive') return false;
  return argumentsOf(pid).some((argument) => programs.includes(basename(argument)));
}

/** Sends such a process SIGTERM, on which it checkpoints and ends. False where it was not sent. */
export function terminate(holder: ProcessIdentity, programs: readonly string[]): boolean {
  if (!isOwnProcess(holder, programs)) return false;
  try {
    return process.kill(holder.pid, 'SIGTERM');
  } catch (error) {
    // It has ended already.
    return systemCodeOf(error) === 'ESRCH';
  }
}
