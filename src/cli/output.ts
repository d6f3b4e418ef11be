import { ExitCode, messageOf, systemCodeOf } from '../base/errors.ts';
import { cleanWrites, exactly, printableLine } from '../base/text/printable.ts';

/** Commands that run for hours and write their results to files. */
const longRunningCommands = new Set(['data fetch', 'data pack', 'search', 'sweep', 'sweep-run', 'train']);

/** The options with which a command only prints a text. */
const printingOptions = new Set(['--help', '--version', '--get-yargs-completions']);

/** Whether a command finishes its work if its output cannot be written. */
const finishesUnwritten = ([command = '', ...rest]: readonly string[]): boolean =>
  (longRunningCommands.has(command) || longRunningCommands.has(`${command} ${rest[0]}`)) &&
  !rest.some((text) => printingOptions.has(text));

/** The errors of a write whose reader has ended: a closed pipe, and for a command that continues also a closed terminal. */
const isClosed = (error: Error, continues: boolean): boolean =>
  systemCodeOf(error) === 'EPIPE' || (continues && systemCodeOf(error) === 'EIO');

/**
 * Handles errors of writes to the standard output. Otherwise Node would crash, and a sweep would abandon its runs.
 * - A reader that has ended (`| head`, or `| tee` at Ctrl-C) is not an error.
 * - After any other error, such as a full disk, the command ends with 74 and one line.
 * - A long-running command finishes its work first.
 * @param args the arguments of doubletime, beginning with its command.
 */
export function handleOutputErrors(args: readonly string[]): void {
  const continues = finishesUnwritten(args);
  let isReported = false;
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: Error) => {
    if (isClosed(error, continues)) {
      if (!continues) process.exit(ExitCode.ok);
    } else if (!isReported) {
      isReported = true;
      process.stderr.write(`doubletime: cannot write to the standard output: ${messageOf(error)}\n`);
      if (!continues) process.exit(ExitCode.io);
      process.once('exit', (code) => {
        if (code === ExitCode.ok) process.exitCode = ExitCode.io;
      });
    }
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
