import { ExitCode, messageOf, systemCodeOf } from '../base/errors.ts';
import { cleanWrites, exactly, printableLine } from '../base/text/printable.ts';

/** Commands that run for hours and write their results to files. They continue if nobody reads their output. */
const longRunningCommands = new Set(['data', 'search', 'sweep', 'sweep-run', 'train']);

/** The options with which a command only prints a text. */
const printingOptions = new Set(['--help', '--version', '--get-yargs-completions']);

/** Whether a command continues if nobody reads its output. */
const continuesUnread = ([command, ...options]: readonly string[]): boolean =>
  command !== undefined && longRunningCommands.has(command) && !options.some((text) => printingOptions.has(text));

/**
 * Handles a standard output that nobody reads any more: the reader has ended (`| head`, or `| tee` at Ctrl-C), or the terminal
 * was closed. Long-running commands continue; others exit. Otherwise Node would crash, and a sweep would abandon its runs.
 * @param args the arguments of doubletime, beginning with its command.
 */
export function handleClosedStdout(args: readonly string[]): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error) => {
    if (continuesUnread(args)) return;
    // A reader that closed the pipe is not an error.
    if (systemCodeOf(error) === 'EPIPE') process.exit(ExitCode.ok);
    process.stderr.write(`doubletime: cannot write to the standard output: ${messageOf(error)}\n`);
    process.exit(ExitCode.io);
  });
}

/**
 * Makes every command print control characters as text, so that names, keys and file contents cannot control a terminal or a
 * log. JSON output keeps its values because JSON escapes these characters itself.
 */
export function cleanOutput(): void {
  cleanWrites(process.stdout);
  cleanWrites(process.stderr);
}

/** Prints text as one line on the standard error; line breaks and control characters are escaped. */
export function printMessage(text: string): void {
  process.stderr.write(`${printableLine(text)}\n`);
}

/** Prints data for programs, such as CSV: exact bytes in a pipe or a file, control characters as text on a terminal. */
export function printData(data: Uint8Array | string): void {
  const { stdout } = process;
  (stdout.isTTY ? stdout : exactly(stdout)).write(data);
}
