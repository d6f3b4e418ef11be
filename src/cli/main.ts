import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ExitCode, joinLines, messageOf, UserError } from '../base/errors.ts';
import { expandPath } from '../base/expand-path.ts';
import { packageFile } from '../base/home.ts';
import { userErrorOf } from '../base/system-error.ts';
import { addCommands, commandNames, commandUsages } from './commands/index.ts';
import { addCompletion } from './completion.ts';
import { cleanOutput, handleClosedStdout } from './output.ts';
import { explainUsage, unknownCommand } from './usage.ts';

/** Prints bad input as one line on stderr. Only an internal error prints its stack. */
function exitWithError(thrown: unknown): never {
  const error = userErrorOf(thrown);
  if (error !== undefined) {
    process.stderr.write(`doubletime: ${messageOf(error)}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `doubletime: internal error, please report it with this text:\n${thrown instanceof Error ? String(thrown.stack) : String(thrown)}\n`,
  );
  process.exit(ExitCode.software);
}

/**
 * Refuses an empty value (`--dir "$UNSET"`), an invalid number, and two values for an option that takes one.
 * @throws UserError exit code 64.
 */
function checkValues(args: object, cli: Argv): void {
  // yargs's types omit which options take lists.
  const { array } = (cli as unknown as { getOptions(): { array: string[] } }).getOptions();
  for (const [name, value] of Object.entries(args)) {
    if (value === '') throw new UserError(`${name} is empty, expected a value; see doubletime --help`, ExitCode.usage);
    if (Number.isNaN(value))
      throw new UserError(`${name} is not a number, expected a number; see doubletime --help`, ExitCode.usage);
    if (!Array.isArray(value) || name === '_' || array.includes(name)) continue;
    throw new UserError(
      `--${name} is given ${value.length} times, expected once; see doubletime --help`,
      ExitCode.usage,
    );
  }
}

const ownVersion = (): string =>
  (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;

/** Runs before yargs, which prints the general help for an unknown command with `--help`. @throws UserError exit code 64. */
function checkCommand(word: string | undefined): void {
  if (word === undefined || word.startsWith('-') || commandUsages.has(word)) return;
  throw new UserError(unknownCommand(word, commandNames), ExitCode.usage);
}

/** Positional arguments and options that name a file or a folder. */
const PATH_OPTIONS = [
  'a',
  'b',
  'dir',
  'file',
  'files',
  'measured',
  'out',
  'path',
  'paths',
  'results',
  'run',
  'source',
  'weights',
];

/** Expands `~` and environment variables that the shell has left in, as in `--out=~/a.csv`. @throws UserError exit code 64. */
function expandPaths(args: Record<string, unknown>): void {
  const expand = (name: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => expand(name, item));
    try {
      return typeof value === 'string' ? expandPath(value) : value;
    } catch (error) {
      throw new UserError(`${name} is ${String(value)}: ${messageOf(error)}`, ExitCode.usage);
    }
  };
  for (const name of PATH_OPTIONS) if (name in args) args[name] = expand(name, args[name]);
}

cleanOutput();
const isYargsError = (error: unknown): error is Error => error instanceof Error && error.name === 'YError';

handleClosedStdout(process.argv[2]);
try {
  checkCommand(process.argv[2]);
  const cli = addCommands(
    // Messages are read by programs too: they are the same in every locale.
    yargs(hideBin(process.argv)).scriptName('doubletime').locale('en').version(ownVersion()),
  );
  addCompletion(cli);
  await cli
    .demandCommand(1, 'a command is missing; see doubletime --help')
    .strict()
    .strictCommands()
    .middleware((args) => {
      checkValues(args, cli);
      expandPaths(args);
    })
    .wrap(Math.min(100, process.stdout.columns || 100))
    .fail((message: string | null, error: Error | undefined) => {
      // A usage error that yargs finds while it parses also comes with an error object, named YError.
      if (error && error.name !== 'YError') throw error;
      throw new UserError(explainUsage(joinLines(message ?? 'wrong usage'), cli, commandUsages), ExitCode.usage);
    })
    .parseAsync();
} catch (error) {
  // A usage error in a command whose options are built asynchronously does not reach fail().
  const isUsage = isYargsError(error);
  const help = `see doubletime ${process.argv[2] ?? ''} --help`;
  exitWithError(isUsage ? new UserError(`${messageOf(error)}; ${help}`, ExitCode.usage) : error);
}
