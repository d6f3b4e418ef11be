import { ExitCode, UserError } from '../../base/errors.ts';
import { describeHolder, type Lock, tryLock } from '../../base/lock.ts';

/**
 * Takes a run folder for this process; a lock left by a dead one is taken over (base/lock.ts).
 * @throws UserError exit code 69 with who holds it; 73 or 74 where the folder cannot be written.
 */
export function lockRun(file: string, folder: string): Lock {
  const { lock, heldBy } = tryLock(file);
  if (lock) return lock;
  throw new UserError(
    `${folder} is in use by ${describeHolder(heldBy)}: wait for it, stop it, or choose another folder` +
      ` (where that process is on another machine and surely gone, remove ${file})`,
    ExitCode.unavailable,
  );
}
