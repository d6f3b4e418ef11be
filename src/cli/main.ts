import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ExitCode, joinLines, messageOf, UserError } from '../base/errors.ts';
import { packageManifest } from '../base/files/home.ts';
import { toUserError } from '../base/system/system-error.ts';
import { checkValues } from './options/check-values.ts';
import { addCommands, commandNames, commandUsages } from './commands/index.ts';
import { addCompletion } from './completion.ts';
import { cleanOutput, handleOutputErrors } from './output.ts';
import { explainUsage, translateUsage, unknownCommand } from './usage.ts';

/** Prints bad input as one line on stderr. Only an internal error prints its stack. */
function exitWithError(thrown: unknown): never {
  const error = toUserError(thrown);
  if (error !== undefined) {
    process.stderr.write(`doubletime: ${messageOf(error)}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `doubletime: internal error, please report it with this text:\n${thrown instanceof Error ? String(thrown.stack) : String(thrown)}\n`,
  );
  process.exit(ExitCode.software);
}

/** Refuses an unknown command before yargs, which would print the general help for it. @throws UserError exit code 64. */
function checkCommand(word: string | undefined): void {
  if (word === undefined || word.startsWith('-') || commandUsages.has(word)) return;
  throw new UserError(unknownCommand(word, commandNames), ExitCode.usage);
}

/** A usage error that yargs finds while it parses. */
const isYargsError = (error: unknown): boolean => error instanceof Error && error.name === 'YError';

cleanOutput();
handleOutputErrors(process.argv.slice(2));
// tsx compiles in a thread, and an error there is not thrown by `import`. doubletime.mjs reports the other uncaught errors.
process.prependListener('uncaughtException', (thrown) => {
  if (toUserError(thrown) !== undefined) exitWithError(thrown);
});
try {
  checkCommand(process.argv[2]);
  const cli = addCommands(
    // Programs read messages too, so they are the same in every locale.
    yargs(hideBin(process.argv)).scriptName('doubletime').locale('en').version(packageManifest().version),
  );
  addCompletion(cli);
  await cli
    // yargs would exit after a help text before an error of its write is known.
    .exitProcess(false)
    .demandCommand(1, 'a command is missing; see doubletime --help')
    .strict()
    .strictCommands()
    .middleware((args) => {
      checkValues(args, cli, commandUsages.get(process.argv[2] ?? '') ?? '');
    })
    .wrap(Math.min(100, process.stdout.columns || 100))
    .fail((message: string | null, error: Error | undefined) => {
      if (error && !isYargsError(error)) throw error;
      throw new UserError(explainUsage(joinLines(message ?? 'wrong usage'), cli, commandUsages), ExitCode.usage);
    })
    .parseAsync();
} catch (error) {
  // A usage error in a command whose options are built asynchronously does not reach fail().
  const isUsage = isYargsError(error);
  const help = `see doubletime ${process.argv[2] ?? ''} --help`;
  exitWithError(isUsage ? new UserError(`${translateUsage(messageOf(error))}; ${help}`, ExitCode.usage) : error);
}
