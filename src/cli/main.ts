import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { expandPath } from '../base/expand-path.ts';
import { packageFile } from '../base/home.ts';
import { userErrorOf } from '../base/system-error.ts';
import { addCommands, commandNames, commandUsages } from './commands/index.ts';
import { addCompletion } from './completion.ts';
import { cleanOutput, handleClosedStdout } from './output.ts';
import { explainUsage, unknownCommand } from './usage.ts';

/** Bad input ends in one line on stderr; only a fault of our own shows its stack. */
function fail(thrown: unknown): never {
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
 * Two values for an option that takes one, of which yargs would hand on a list; no value (`--dir "$UNSET"`), and no number.
 * @throws UserError 64
 */
function refuseUnusable(args: object, cli: Argv): void {
  // Which options take lists is not in yargs's types.
  const { array } = (cli as unknown as { getOptions(): { array: string[] } }).getOptions();
  for (const [name, value] of Object.entries(args)) {
    if (value === '') throw new UserError(`${name}: expected a value, got none; see doubletime --help`, ExitCode.usage);
    if (Number.isNaN(value)) throw new UserError(`${name}: expected a number; see doubletime --help`, ExitCode.usage);
    if (!Array.isArray(value) || name === '_' || array.includes(name)) continue;
    throw new UserError(`--${name} is given ${value.length} times; see doubletime --help`, ExitCode.usage);
  }
}

const ownVersion = (): string =>
  (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;

/** Told before yargs reads on: with `--help` it would print the help of all commands. @throws UserError 64 */
function refuseUnknownCommand(word: string | undefined): void {
  if (word === undefined || word.startsWith('-') || commandUsages.has(word)) return;
  throw new UserError(unknownCommand(word, commandNames), ExitCode.usage);
}

/** Positionals and options that name a file or a folder. */
const PATHS = [
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

/** `~` and environment variables that no shell has filled in: `--out=~/a.csv`. @throws UserError 64 */
function expandPaths(args: Record<string, unknown>): void {
  const expanded = (name: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => expanded(name, item));
    try {
      return typeof value === 'string' ? expandPath(value) : value;
    } catch (error) {
      throw new UserError(`${name}: ${String(value)}: ${messageOf(error)}`, ExitCode.usage);
    }
  };
  for (const name of PATHS) if (name in args) args[name] = expanded(name, args[name]);
}

cleanOutput();
const isYargsError = (error: unknown): error is Error => error instanceof Error && error.name === 'YError';

handleClosedStdout(process.argv[2]);
let cli: Argv | undefined;
try {
  refuseUnknownCommand(process.argv[2]);
  const parser = addCommands(
    // Messages are read by programs too: they are the same in every locale.
    yargs(hideBin(process.argv)).scriptName('doubletime').locale('en').version(ownVersion()),
  );
  cli = parser;
  addCompletion(parser);
  await parser
    .demandCommand(1, 'name a command; see doubletime --help')
    .strict()
    .strictCommands()
    .middleware((args) => {
      refuseUnusable(args, parser);
      expandPaths(args);
    })
    .wrap(Math.min(100, process.stdout.columns || 100))
    .fail((message: string | null, error: Error | undefined) => {
      // yargs's own complaints come with the error too where they are found while it parses.
      if (error && error.name !== 'YError') throw error;
      throw new UserError(explainUsage(message ?? 'wrong usage', parser, commandUsages), ExitCode.usage);
    })
    .parseAsync();
} catch (error) {
  // A command whose options are loaded when they are needed: yargs throws past its own handler.
  const isUsage = isYargsError(error) && cli !== undefined;
  fail(isUsage ? new UserError(explainUsage(error.message, cli!, commandUsages), ExitCode.usage) : error);
}
