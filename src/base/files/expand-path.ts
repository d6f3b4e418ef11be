import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** `$NAME` or `${NAME}`. Other uses of `$` match too, so that they are refused. */
const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([^}]*)\}|\()/g;

function readVariable(text: string, name: string | undefined): string {
  if (name === undefined) throw new RangeError('a path must not contain a command: write the path in full');
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new RangeError(`${text} is not the name of an environment variable: write the path in full`);
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new RangeError(`the environment variable ${name} is not set: set it, or write the path in full`);
  return value;
}

function expandHome(path: string): string {
  const [, user, rest] = /^~([^/]*)(.*)$/s.exec(path) ?? [];
  if (user === undefined) return path;
  if (user !== '') throw new RangeError(`~${user} is not expanded: write the full path of that folder`);
  return homedir() + rest!;
}

/**
 * Expands a path as a shell does: `~` at its start is the home folder, `$NAME` and `${NAME}` are environment variables. A path
 * that exists without expansion stays unchanged.
 * @param base the folder that a relative path is relative to.
 * @throws RangeError with a short message if a variable is not set, or if only a shell can expand the path.
 */
export function expandPath(path: string, base = process.cwd()): string {
  if (!path.startsWith('~') && !path.includes('$')) return path;
  if (existsSync(resolve(base, path))) return path;
  const expanded = path.replaceAll(VARIABLE, (text: string, name: string | undefined, braced: string | undefined) =>
    readVariable(text, name ?? braced),
  );
  return expandHome(expanded);
}
