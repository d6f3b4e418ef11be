import { messageOf } from '../../base/errors.ts';
import { expandPath } from '../../base/files/expand-path.ts';

/** A path that cannot be expanded, in the place of its value. yargs tells `coerce` no name, so `checkValues` refuses it. */
export class UnexpandablePath {
  readonly path: string;
  readonly reason: string;

  constructor(path: string, error: unknown) {
    this.path = path;
    this.reason = messageOf(error);
  }
}

function expand(path: string): unknown {
  try {
    return expandPath(path);
  } catch (error) {
    return new UnexpandablePath(path, error);
  }
}

/** yargs passes several values if an option is given several times; checkValues refuses them where one is expected. */
const expandAll = (given: string | readonly string[]): unknown =>
  typeof given === 'string' ? expand(given) : given.map(expand);

/**
 * The definition of an option or positional argument that names a file or folder. Expands `~` and environment variables that the shell
 * has left in, as in `--out=~/a.csv`; `checkValues` refuses the command (64) if that is impossible.
 */
export const pathArgument = { type: 'string', coerce: (given: string): string => expandAll(given) as string } as const;

/** The definition of an option or positional argument that names any number of files or folders. */
export const pathsArgument = {
  type: 'string',
  array: true,
  coerce: (given: string[]): string[] => expandAll(given) as string[],
} as const;
