import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCodeOf } from '../base/errors.ts';
import { checkLiveness, type ProcessIdentity } from '../base/process-identity.ts';

/** The files that start doubletime. */
export const doubletimePrograms: readonly string[] = ['doubletime', 'doubletime.mjs', 'doubletime.js'];

/** The arguments that a process was started with; none if the system does not report them. */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/**
 * Whether a lock file names a living process of this machine that runs one of these programs. A lock file may be damaged, old or
 * manipulated: for the system, 0, 1 and negative numbers mean other processes or groups, and the number may belong to another
 * process by now. So the start time, the machine's boot and the command must agree.
 */
export function isOwnProcess(holder: ProcessIdentity, programs: readonly string[]): boolean {
  const { pid, startedTicks } = holder;
  if (!Number.isSafeInteger(pid) || pid <= 1 || !Number.isSafeInteger(startedTicks)) return false;
  if (checkLiveness(holder) !== 'alive') return false;
  return argumentsOf(pid).some((argument) => programs.includes(basename(argument)));
}

/** Sends SIGTERM to such a process, so that it writes a checkpoint and ends. False if the signal was not sent. */
export function terminate(holder: ProcessIdentity, programs: readonly string[]): boolean {
  if (!isOwnProcess(holder, programs)) return false;
  try {
    return process.kill(holder.pid, 'SIGTERM');
  } catch (error) {
    // It has ended already.
    return systemCodeOf(error) === 'ESRCH';
  }
}
