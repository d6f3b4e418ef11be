import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ExitCode, messageOf, systemCodeOf, UserError } from '../base/errors.ts';
import { addCommands } from './commands/index.ts';
import { cleanOutput, outliveReaders } from './output.ts';

/** A file or folder that the system refuses is no fault of ours: one that may not be read, one on a share that is gone. */
function refusedFile(error: unknown): UserError | undefined {
  if (!(error instanceof Error && 'syscall' in error && 'path' in error)) return undefined;
  const code = systemCodeOf(error);
  const denied = code === 'EACCES' || code === 'EPERM';
  return new UserError(messageOf(error), denied ? ExitCode.noPermission : ExitCode.io);
}

/** Bad input ends in one line on stderr; only a fault of our own shows its stack. */
function fail(thrown: unknown): never {
  const error = thrown instanceof UserError ? thrown : refusedFile(thrown);
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
    if (value === '') throw new UserError(`${name}: expected a value, got none; see doubletime --help`, ExitCode.usage); // prettier-ignore
    if (Number.isNaN(value)) throw new UserError(`${name}: expected a number; see doubletime --help`, ExitCode.usage); // prettier-ignore
    if (!Array.isArray(value) || name === '_' || array.includes(name)) continue;
    throw new UserError(`--${name} is given ${value.length} times; see doubletime --help`, ExitCode.usage); // prettier-ignore
  }
}

cleanOutput();
outliveReaders(process.argv[2]);
try {
  const cli = addCommands(yargs(hideBin(process.argv)).scriptName('doubletime'));
  await cli
    .demandCommand(1, 'name a command; see doubletime --help')
    .strict()
    .strictCommands()
    .middleware((args) => {
      refuseUnusable(args, cli);
    })
    .wrap(Math.min(100, process.stdout.columns || 100))
    .fail((message: string | null, error: Error | undefined) => {
      // yargs's own complaints come with the error too where they are found while it parses.
      if (error && error.name !== 'YError') throw error;
      throw new UserError(`${message ?? 'wrong usage'}; see doubletime --help`, ExitCode.usage);
    })
    .parseAsync();
} catch (error) {
  fail(error);
}
