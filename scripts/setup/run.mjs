import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addon } from './addon.mjs';
import { checkNode } from './checks.mjs';
import { SetupFailure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { packages } from './packages.mjs';
import { pictures } from './pictures.mjs';
import { tensorFlow } from './tensorflow.mjs';

const steps = [packages, tensorFlow, addon, pictures];
const say = (text) => process.stderr.write(`setup: ${text}\n`);

/**
 * Brings the checkout to where it can train and be tested. Done steps are found done; an interrupted one is done again.
 * On failure prints one line and ends the process with code 1.
 */
export async function setUp() {
  try {
    checkNode();
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const home = makeHome(root);
    const context = { root, home, logFile: join(home, 'setup.log') };
    if (steps.every((step) => step.isDone(context))) return;
    await withLock(join(home, 'setup.lock'), say, () => doSteps(context));
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    say(error.message);
    process.exit(1);
  }
}

/** The folder that git ignores (or DOUBLETIME_HOME), wherever a link of that name leads. */
function makeHome(root) {
  const home = resolve(process.env.DOUBLETIME_HOME ?? join(root, '.doubletime'));
  try {
    mkdirSync(home, { recursive: true });
    return realpathSync(home);
  } catch (error) {
    throw new SetupFailure(`${home} cannot be made: ${error.message}`, 'give write permission');
  }
}

/** Under the lock, so whatever lies in tmp/ was left by a set-up that died. */
async function doSteps({ home, ...rest }) {
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
      throw new SetupFailure(`${step.name}: not whole after set-up`, 'see .doubletime/setup.log');
    }
    log(`done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
}
