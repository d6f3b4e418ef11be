import { ExitCode, UserError } from '../../base/errors.ts';
import { describeHolder, type Lock, tryLock } from '../../base/files/lock.ts';

/**
 * Locks a run folder for this process. Takes over the lock of a process that has ended (base/lock.ts).
 * @throws UserError exit code 69 naming the process that is running in the folder; 73 or 74 if the folder cannot be written.
 */
export function lockRun(file: string, folder: string): Lock {
  const { lock, heldBy } = tryLock(file);
  if (lock) return lock;
  throw new UserError(
    `${folder} is in use by ${describeHolder(heldBy)}: wait until it ends, stop it, or choose another folder` +
      ` (if that process was on another machine and has certainly ended, remove ${file})`,
    ExitCode.unavailable,
  );
}
