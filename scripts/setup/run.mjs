import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addon } from './addon.mjs';
import { checkNode } from './checks.mjs';
import { SetupFailure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { packages } from './packages.mjs';
import { images } from './images.mjs';
import { homeFolder, logName, root } from './place.mjs';
import { tensorFlow } from './tensorflow.mjs';

/** The steps that training needs, and CIFAR-10 unless `cifar10` is false. */
const stepsFor = ({ cifar10 = true }) => [packages, tensorFlow, addon, ...(cifar10 ? [images] : [])];
const print = (text) => process.stderr.write(`setup: ${text}\n`);

/**
 * Sets up the checkout or the installed package for training and tests. Skips finished steps and repeats interrupted steps.
 * On failure prints one line and exits with code 1.
 */
export async function setUp(options = {}) {
  try {
    await performSetUp(options);
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    print(error.message);
    process.exit(1);
  }
}

/** As `setUp`, for callers that report failures themselves. @throws SetupFailure */
export async function performSetUp(options = {}) {
  checkNode();
  const home = makeHome();
  const context = { root, home, logFile: join(home, 'setup.log') };
  const steps = stepsFor(options);
  if (steps.every((step) => step.isDone(context))) return;
  await withLock(join(home, 'setup.lock'), print, () => runSteps(steps, context));
}

/** One phrase: the downloads that `setUp` would make with the same options, and their folder. @throws SetupFailure */
export function describeSetUp(options = {}) {
  const home = homeFolder();
  const missing = stepsFor(options).filter((step) => !step.isDone({ root, home }));
  const downloads = missing.flatMap((step) => step.describe?.({ home }) ?? []);
  const what = downloads.length > 0 ? `downloads ${downloads.join(' and ')}` : 'compiles the addon';
  return `${what} into ${home}`;
}

/** Whether `setUp` with the same options would have nothing to do. @throws SetupFailure if no TensorFlow can be chosen. */
export function isSetUp(options = {}) {
  const home = homeFolder();
  return existsSync(home) && stepsFor(options).every((step) => step.isDone({ root, home }));
}

/** Creates the home folder and returns its path with links resolved. */
function makeHome() {
  const home = homeFolder();
  try {
    mkdirSync(home, { recursive: true });
    return realpathSync(home);
  } catch (error) {
    throw new SetupFailure(
      `the folder ${home} cannot be created: ${error.message}`,
      'get write permission, or set DOUBLETIME_HOME to another folder',
    );
  }
}

/** Runs the steps under the lock. Everything in tmp/ is left from a set-up that crashed, and is removed. */
async function runSteps(steps, { home, ...rest }) {
  rmSync(join(home, 'tmp'), { recursive: true, force: true });
  rmSync(rest.logFile, { force: true });
  for (const step of steps) {
    const log = (text) => print(`${step.name}: ${text}`);
    const context = { ...rest, home, log };
    if (step.isDone(context)) continue;
    const started = Date.now();
    log('setting up');
    await step.run(context);
    if (!step.isDone(context)) {
      throw new SetupFailure(`${step.name}: incomplete after set-up`, `see ${logName()}`);
    }
    log(`done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
}
