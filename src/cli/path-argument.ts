import { messageOf } from '../base/errors.ts';
import { expandPath } from '../base/expand-path.ts';

function expand(path: string): string {
  try {
    return expandPath(path);
  } catch (error) {
    throw new Error(`cannot expand the path ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** yargs passes several values if an option is given several times; checkValues refuses them where one is expected. */
const expandAll = (given: string | readonly string[]): unknown =>
  typeof given === 'string' ? expand(given) : given.map(expand);

/**
 * The definition of an option or positional argument that names a file or folder. Expands `~` and environment variables that the shell
 * has left in, as in `--out=~/a.csv`; exit code 64 if that is impossible.
 */
export const pathArgument = { type: 'string', coerce: (given: string): string => expandAll(given) as string } as const;

/** The definition of an option or positional argument that names any number of files or folders. */
export const pathsArgument = {
  type: 'string',
  array: true,
  coerce: (given: string[]): string[] => expandAll(given) as string[],
} as const;
