import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExitCode, messageOf, UserError } from '../errors.ts';
import { expandPath } from './expand-path.ts';

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json')) || dirname(folder) === folder) return folder;
  return findRoot(dirname(folder));
}

/** The folder that contains this project's package.json: the checkout, or the installed package. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The path of a file that is shipped with the code, such as `configs/recipes/resnet.yaml`. */
export const packageFile = (path: string): string => join(packageRoot, path);

/** The parts of this project's package.json that the code reads. */
export const packageManifest = (): {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
} => JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as ReturnType<typeof packageManifest>;

/** Whether this is a checkout, which runs from TypeScript. The package contains compiled JavaScript and no lock file. */
export const isCheckout = existsSync(packageFile('package-lock.json'));

/** The command that sets up this installation. */
export const setUpCommand = isCheckout ? 'npm run setup' : 'npx doubletime setup';

/** The user's cache folder. An empty or relative XDG_CACHE_HOME is ignored, as the XDG specification requires. */
function cacheFolder(): string {
  const configured = process.env['XDG_CACHE_HOME'] ?? '';
  return isAbsolute(configured) ? configured : join(homedir(), '.cache');
}

function expandHomeVariable(folder: string): string {
  try {
    return expandPath(folder);
  } catch (error) {
    throw new UserError(`DOUBLETIME_HOME is ${folder}: ${messageOf(error)}`, ExitCode.usage);
  }
}

/**
 * The folder for the files that set-up downloads and builds: DOUBLETIME_HOME if it is set. Otherwise `.doubletime` in a checkout,
 * and `doubletime` in the user's cache folder for an installed package. scripts/setup/place.mjs computes the same folder.
 * @throws UserError exit code 64 if DOUBLETIME_HOME cannot be expanded.
 */
export function homeFolder(): string {
  const configured = process.env['DOUBLETIME_HOME'] ?? '';
  if (configured !== '') return resolve(expandHomeVariable(configured));
  return isCheckout ? packageFile('.doubletime') : join(cacheFolder(), 'doubletime');
}

/** The module next to the caller (`import.meta.url`): `./worker.ts`, or `./worker.js` if the caller is compiled. */
export const moduleBeside = (name: `./${string}.ts`, caller: string): URL =>
  new URL(caller.endsWith('.js') ? name.replace(/\.ts$/, '.js') : name, caller);
