import { ExitCode, messageOf, systemCodeOf } from '../base/errors.ts';
import { cleanWrites, exactly } from '../base/printable.ts';

/** Commands of hours and nights, whose results lie in files: they go on without words. */
const longRunningCommands = new Set(['data', 'search', 'sweep', 'sweep-run', 'train']);

/**
 * What happens when nobody can read any more what a command prints, because the reader has ended (`| head`, or `| tee` at
 * Ctrl-C) or the terminal is gone. Node would end with a stack, and a sweep would leave its runs alone.
 */
export function handleClosedStdout(command: string | undefined): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error) => {
    if (command !== undefined && longRunningCommands.has(command)) return;
    // A reader that has seen enough is no fault.
    if (systemCodeOf(error) === 'EPIPE') process.exit(ExitCode.ok);
    process.stderr.write(`doubletime: cannot write the standard output: ${messageOf(error)}\n`);
    process.exit(ExitCode.io);
  });
}

/**
 * Control characters from names, keys and files never reach a terminal or a log: everything that is printed, by whatever
 * command, shows them as text. JSON keeps its values, since they are shown as JSON writes them.
 */
export function cleanOutput(): void {
  cleanWrites(process.stdout);
  cleanWrites(process.stderr);
}

/** Prints data that a program reads, such as CSV: exact in a pipe or a file, cleaned on a terminal. */
export function printData(data: Uint8Array | string): void {
  const { stdout } = process;
  (stdout.isTTY ? stdout : exactly(stdout)).write(data);
}
