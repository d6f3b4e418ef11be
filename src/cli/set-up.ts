import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { isCheckout, packageFile, setUpCommand } from '../base/home.ts';

/** What has to be there: TensorFlow always, CIFAR-10 where it is asked for. */
interface Needs {
  readonly cifar10: boolean;
}

/** scripts/setup/run.mjs, which is plain JavaScript because it runs before any package is installed. */
interface SetUp {
  isSetUp(needs: Needs): boolean;
  describeSetUp(needs: Needs): string;
  performSetUp(needs: Needs): Promise<void>;
}

const loadSetUp = (): Promise<SetUp> =>
  import(pathToFileURL(packageFile('scripts/setup/run.mjs')).href) as Promise<SetUp>;

async function reporting<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'SetupFailure')) throw error;
    throw new UserError(messageOf(error), ExitCode.unavailable, { cause: error });
  }
}

/** @throws UserError exit code 69 where nobody can be asked or the answer is no. */
async function ask(plan: string): Promise<void> {
  const refuse = (why: string): never => {
    throw new UserError(`${why}: run \`${setUpCommand} --yes\` (it ${plan})`, ExitCode.unavailable);
  };
  if (!process.stdin.isTTY || !process.stderr.isTTY) refuse('doubletime is not set up');
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`Set doubletime up now? It ${plan}. [Y/n] `);
    if (!/^\s*(y|yes)?\s*$/i.test(answer)) refuse('doubletime was not set up');
  } finally {
    reader.close();
  }
}

const wantsNoQuestion = (yes: boolean): boolean => yes || process.env['DOUBLETIME_YES'] === '1';

/**
 * Sets this installation up where something is missing. Asks on the terminal before it downloads, unless `yes` is set or
 * DOUBLETIME_YES is 1.
 * @throws UserError exit code 69 where it may not, nobody can be asked, or set-up fails.
 */
export async function setUp(needs: Needs, yes: boolean): Promise<void> {
  const scripts = await loadSetUp();
  if (await reporting(() => scripts.isSetUp(needs))) return;
  if (!wantsNoQuestion(yes)) await ask(await reporting(() => scripts.describeSetUp(needs)));
  await reporting(() => scripts.performSetUp(needs));
}

/** The same for a command that needs it. A checkout is set up by `npm run setup` alone. */
export async function requireSetUp(needs: Needs, yes: boolean): Promise<void> {
  if (!isCheckout) await setUp(needs, yes);
}
