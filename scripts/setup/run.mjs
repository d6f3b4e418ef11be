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

/** What training needs, and CIFAR-10 unless `cifar10` is false. */
const stepsFor = ({ cifar10 = true }) => [packages, tensorFlow, addon, ...(cifar10 ? [images] : [])];
const say = (text) => process.stderr.write(`setup: ${text}\n`);

/**
 * Brings the checkout (or the installed package) to where it can train and be tested. Done steps are found done; an interrupted one is done again.
 * On failure prints one line and ends the process with code 1.
 */
export async function setUp(options = {}) {
  try {
    await performSetUp(options);
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    say(error.message);
    process.exit(1);
  }
}

/** The same for callers that report a failure themselves. @throws SetupFailure */
export async function performSetUp(options = {}) {
  checkNode();
  const home = makeHome();
  const context = { root, home, logFile: join(home, 'setup.log') };
  const steps = stepsFor(options);
  if (steps.every((step) => step.isDone(context))) return;
  await withLock(join(home, 'setup.lock'), say, () => doSteps(steps, context));
}

/** What `setUp` with the same options would download, and where to, in words. */
export function describeSetUp(options = {}) {
  const home = homeFolder();
  const missing = stepsFor(options).filter((step) => !step.isDone({ root, home }));
  const downloads = missing.flatMap((step) => step.describe?.({ home }) ?? []);
  const what = downloads.length > 0 ? `downloads ${downloads.join(' and ')}` : 'compiles the addon';
  return `${what}; everything lies in ${home}`;
}

/** Whether `setUp` with the same options would have nothing to do. @throws SetupFailure where no TensorFlow can be chosen. */
export function isSetUp(options = {}) {
  const home = homeFolder();
  return existsSync(home) && stepsFor(options).every((step) => step.isDone({ root, home }));
}

/** The home folder, wherever a link of that name leads. */
function makeHome() {
  const home = homeFolder();
  try {
    mkdirSync(home, { recursive: true });
    return realpathSync(home);
  } catch (error) {
    throw new SetupFailure(`${home} cannot be made: ${error.message}`, 'give write permission');
  }
}

/** Under the lock, so whatever lies in tmp/ was left by a set-up that died. */
async function doSteps(steps, { home, ...rest }) {
  rmSync(join(home, 'tmp'), { recursive: true, force: true });
  rmSync(rest.logFile, { force: true });
  for (const step of steps) {
    const log = (text) => say(`${step.name}: ${text}`);
    const context = { ...rest, home, log };
    if (step.isDone(context)) continue;
    const started = Date.now();
    log('setting up');
    await step.run(context);
    if (!step.isDone(context)) {
      throw new SetupFailure(`${step.name}: not whole after set-up`, `see ${logName()}`);
    }
    log(`done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
}
