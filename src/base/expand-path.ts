import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** `$NAME` or `${NAME}`; other uses of `$` and braces are caught to be refused. */
const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([^}]*)\}|\()/g;

function valueOf(all: string, name: string | undefined): string {
  if (name === undefined) throw new RangeError('a path must not contain a command: write the path in full');
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new RangeError(`${all} is not the name of an environment variable: write the path in full`);
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
 * A path as a shell would give it: `~` at its head is the home folder, `$NAME` and `${NAME}` are environment variables. One
 * that is there under its very name stays as it is.
 * @param base what a relative path is relative to.
 * @throws RangeError in a few words where a variable is not set, or for what only a shell does.
 */
export function expandPath(path: string, base = process.cwd()): string {
  if (!path.startsWith('~') && !path.includes('$')) return path;
  if (existsSync(resolve(base, path))) return path;
  const filled = path.replaceAll(VARIABLE, (all: string, name: string | undefined, braced: string | undefined) =>
    valueOf(all, name ?? braced),
  );
  return expandHome(filled);
}
