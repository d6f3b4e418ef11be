import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCodeOf } from '../../base/errors.ts';
import { checkLiveness, type ProcessIdentity } from '../../base/system/process-identity.ts';

/** The names of the programs that start doubletime. */
export const doubletimePrograms: readonly string[] = ['doubletime', 'doubletime.mjs', 'doubletime.js'];

/** The arguments that a process was started with; none if the system does not report them. */
function readArguments(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/**
 * Whether a lock file names a living process of this machine that runs one of these programs. A lock file may be damaged, old or
 * manipulated: its process number may now belong to another process, and 0, 1 and negative numbers mean process groups or init.
 * So the start time, the machine's boot and the command must agree.
 */
export function isOwnProcess(holder: ProcessIdentity, programs: readonly string[]): boolean {
  const { pid, startedTicks } = holder;
  if (!Number.isSafeInteger(pid) || pid <= 1 || !Number.isSafeInteger(startedTicks)) return false;
  if (checkLiveness(holder) !== 'alive') return false;
  return readArguments(pid).some((argument) => programs.includes(basename(argument)));
}

/** Sends SIGTERM to a process for which `isOwnProcess` holds; it writes a checkpoint and ends. Returns false for other processes. */
export function terminate(holder: ProcessIdentity, programs: readonly string[]): boolean {
  if (!isOwnProcess(holder, programs)) return false;
  try {
    return process.kill(holder.pid, 'SIGTERM');
  } catch (error) {
    // ESRCH: it has already ended.
    return systemCodeOf(error) === 'ESRCH';
  }
}
