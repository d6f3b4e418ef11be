import { dataError } from '../base/errors.ts';
import { readLockHolder } from '../base/lock.ts';
import type { ProcessIdentity } from '../base/process-identity.ts';
import { lstatIfExists } from '../base/stat.ts';

/** The living process that holds a lock file; undefined if it is free. Anything but a regular file counts as free. */
export const holderIn = (file: string): ProcessIdentity | undefined =>
  lstatIfExists(file)?.isFile() === true ? readLockHolder(file) : undefined;

/** Refuses a link, pipe or folder in the place of a lock file, because reading it may block forever. @throws UserError 65. */
export function requireLockFile(file: string): void {
  if (lstatIfExists(file)?.isFile() !== false) return;
  throw dataError(
    `${file} is not a regular file, expected a lock file: move it to another place and run the same command again`,
  );
}
