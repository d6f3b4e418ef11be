import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { SetupFailure } from './failure.mjs';

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([^}]*)\}|\()/g;

/**
 * The value of a path variable such as DOUBLETIME_HOME, with `~`, `$NAME` and `${NAME}` expanded. A path that exists as
 * written stays as it is. src/base/files/expand-path.ts has the same rules; it is not used here because it is TypeScript.
 * @throws SetupFailure for a variable that is not set, and for syntax that only a shell expands.
 */
export function expandPath(variable, env = process.env) {
  const path = env[variable];
  if (!path || (!path.startsWith('~') && !path.includes('$')) || existsSync(path)) return path;
  const refuse = (reason) => {
    throw new SetupFailure(`${variable} is ${path}: ${reason}`, 'write the whole path');
  };
  const filled = path.replaceAll(VARIABLE, (all, plain, braced) => {
    const name = plain ?? braced;
    if (name === undefined) return refuse('a command in a path is not run');
    return env[name] || refuse(`the environment variable ${name} is not set`);
  });
  const [, user, rest] = /^~([^/]*)(.*)$/s.exec(filled) ?? [];
  if (user === undefined) return filled;
  return user === '' ? homedir() + rest : refuse(`~${user} is not expanded`);
}
