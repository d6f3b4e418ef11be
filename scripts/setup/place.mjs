import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expandPath } from './expand-path.mjs';

/** The folder of the checkout or of the installed package. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whether this is a checkout. An installed package has no lock file. */
export const isCheckout = existsSync(join(root, 'package-lock.json'));

/** The command that sets up this installation. */
export const setUpCommand = isCheckout ? 'npm run setup' : 'npx doubletime setup';

/** The folder for everything that set-up downloads and builds; src/base/files/home.ts computes the same. @throws SetupFailure */
export function homeFolder(env = process.env) {
  const configured = expandPath('DOUBLETIME_HOME', env);
  if (configured) return resolve(configured);
  if (isCheckout) return join(root, '.doubletime');
  const cache = isAbsolute(env.XDG_CACHE_HOME ?? '') ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(cache, 'doubletime');
}

/** The path of the last set-up's log, for messages. */
export const logName = () =>
  isCheckout && !process.env.DOUBLETIME_HOME ? '.doubletime/setup.log' : join(homeFolder(), 'setup.log');
