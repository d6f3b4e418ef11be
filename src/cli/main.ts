import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { addCommands } from './commands/index.ts';

/** Bad input ends in one line on stderr; only a fault of our own shows its stack. */
function fail(error: unknown): never {
  if (error instanceof UserError) {
    process.stderr.write(`doubletime: ${messageOf(error)}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `doubletime: internal error, please report it with this text:\n${error instanceof Error ? String(error.stack) : String(error)}\n`,
  );
  process.exit(ExitCode.software);
}

try {
  await addCommands(yargs(hideBin(process.argv)).scriptName('doubletime'))
    .demandCommand(1, 'name a command; see doubletime --help')
    .strict()
    .strictCommands()
    .wrap(Math.min(100, process.stdout.columns || 100))
    .fail((message: string | null, error: Error | undefined) => {
      if (error) throw error;
      throw new UserError(`${message ?? 'wrong usage'}; see doubletime --help`, ExitCode.usage);
    })
    .parseAsync();
} catch (error) {
  fail(error);
}
