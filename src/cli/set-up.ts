import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { isCheckout, packageFile, setUpCommand } from '../base/files/home.ts';
import { exactly } from '../base/text/printable.ts';

/** What a command needs: TensorFlow always, CIFAR-10 if `cifar10` is true. */
interface Needs {
  readonly cifar10: boolean;
}

/** The interface of scripts/setup/run.mjs, which is plain JavaScript because it runs before any package is installed. */
interface SetUp {
  isSetUp(needs: Needs): boolean;
  describeSetUp(needs: Needs): string;
  performSetUp(needs: Needs): Promise<void>;
}

const loadSetUp = (): Promise<SetUp> =>
  import(pathToFileURL(packageFile('scripts/setup/run.mjs')).href) as Promise<SetUp>;

async function withUserErrors<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'SetupFailure')) throw error;
    throw new UserError(messageOf(error), ExitCode.unavailable, { cause: error });
  }
}

/** @throws UserError exit code 69 if there is no terminal to ask on, or the answer is no. */
async function askPermission(plan: string): Promise<void> {
  const refuse = (reason: string): never => {
    throw new UserError(`${reason}: run \`${setUpCommand} --yes\` (it ${plan})`, ExitCode.unavailable);
  };
  if (!process.stdin.isTTY || !process.stderr.isTTY) refuse('doubletime is not set up');
  if (!(await askYesOrNo(`Set up doubletime now? It ${plan}.`))) refuse('doubletime was not set up');
}

/** Asks on the terminal until the answer is yes (also an empty line) or no (also Ctrl-C and Ctrl-D). */
async function askYesOrNo(question: string): Promise<boolean> {
  const output = exactly(process.stderr);
  const terminal = createInterface({ input: process.stdin, output });
  try {
    for (;;) {
      const answer = (await terminal.question(`${question} [Y/n] `)).trim().toLowerCase();
      if (['', 'y', 'yes'].includes(answer)) return true;
      if (['n', 'no'].includes(answer)) return false;
      output.write('Please answer y or n.\n');
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    output.write('\n');
    return false;
  } finally {
    terminal.close();
  }
}

const isConfirmed = (yes: boolean): boolean => yes || process.env['DOUBLETIME_YES'] === '1';

/**
 * Sets up this installation if something is missing. Asks on the terminal before it downloads, unless `yes` is set or
 * DOUBLETIME_YES is 1.
 * @throws UserError exit code 69 if the user refuses, there is no terminal to ask on, or set-up fails.
 */
export async function setUp(needs: Needs, yes: boolean): Promise<void> {
  const scripts = await loadSetUp();
  if (await withUserErrors(() => scripts.isSetUp(needs))) return;
  if (!isConfirmed(yes)) await askPermission(await withUserErrors(() => scripts.describeSetUp(needs)));
  await withUserErrors(() => scripts.performSetUp(needs));
}

/** Sets up an installed package, as `setUp` does. Does nothing in a checkout, which is set up only by `npm run setup`. */
export async function requireSetUp(needs: Needs, yes: boolean): Promise<void> {
  if (!isCheckout) await setUp(needs, yes);
}
