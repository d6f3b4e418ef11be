import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout or of the installed package. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A packed package never holds a lock file. */
export const isCheckout = existsSync(join(root, 'package-lock.json'));

/** What to type to set this installation up. */
export const setUpCommand = isCheckout ? 'npm run setup' : 'npx doubletime setup';

/** Where everything goes that set-up fetches and builds; src/base/home.ts computes the same. */
export function homeFolder(env = process.env) {
  if (env.DOUBLETIME_HOME) return resolve(env.DOUBLETIME_HOME);
  if (isCheckout) return join(root, '.doubletime');
  const cache = isAbsolute(env.XDG_CACHE_HOME ?? '') ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(cache, 'doubletime');
}

/** The log of the last set-up, as messages name it. */
export const logName = () =>
  isCheckout && !process.env.DOUBLETIME_HOME ? '.doubletime/setup.log' : join(homeFolder(), 'setup.log');
