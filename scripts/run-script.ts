import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ExitCode, messageOf, UserError } from '../src/base/errors.ts';
import { checkWholeNumber } from '../src/cli/options/check-numbers.ts';

/** Runs a script. An error of its user is one line, with the exit code of the error. */
export async function runScript(name: string, main: () => void | Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`${name}: ${messageOf(error)}`);
    process.exitCode = error.exitCode;
  }
}

/** The error for an option that contradicts another one, or has an invalid value. */
export const usageError = (message: string): UserError => new UserError(message, ExitCode.usage);

/** The options of a script, as `parseArgs` of Node reads them. An unknown option is one line, with exit code 64. */
export function readOptions<Config extends ParseArgsConfig>(
  name: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(`${name}: ${messageOf(error)}`);
    process.exit(ExitCode.usage);
  }
}

/** Checks the values of options, by their names. @throws UserError exit code 64 if one is not a whole number above 0. */
export function checkCounts(options: Readonly<Record<string, number | string>>): void {
  for (const [name, value] of Object.entries(options)) checkWholeNumber(`--${name}`, value);
}
