import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ExitCode, messageOf, UserError } from '../src/base/errors.ts';

/**
 * Runs a script, or a check before it. An error of its user is one line, with the exit code of the error.
 * @param options `exit` ends the process after such an error.
 */
export async function runScript(
  name: string,
  main: () => void | Promise<void>,
  options: { readonly exit?: boolean } = {},
): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`${name}: ${messageOf(error)}`);
    process.exitCode = error.exitCode;
    if (options.exit) process.exit();
  }
}

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
  for (const [name, given] of Object.entries(options)) {
    const value = Number(given);
    if (Number.isInteger(value) && value >= 1) continue;
    // yargs turns a word into NaN.
    const text = Number.isNaN(given) ? 'not a number' : given;
    throw new UserError(`--${name} is ${text}, expected a whole number above 0`, ExitCode.usage);
  }
}
