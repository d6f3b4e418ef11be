import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ExitCode, messageOf, systemCodeOf, UserError } from '../../../base/errors.ts';

const execute = promisify(execFile);

/** The complete error output of a program in one line. The reason often comes first, and the last line is only "failed". */
const wordsOf = (program: string, stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.trim().replace(`${program}: `, '').replace('error: ', ''))
    .filter((line) => line !== '' && !line.startsWith('Try "'))
    .join('; ');

function whyNot(program: string, error: unknown, seconds: number | undefined): string {
  if (systemCodeOf(error) === 'ENOENT') return 'it is not installed on this machine: use a machine of the cluster';
  if (error instanceof Error && 'killed' in error && error.killed === true) return `no answer in ${seconds} seconds`;
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return wordsOf(program, stderr) || messageOf(error);
}

/**
 * Runs one of Slurm's programs and returns what it prints.
 * @param seconds how long to wait for it; default: as long as Slurm waits.
 * @throws UserError 69 with Slurm's message if it is not installed or fails.
 */
export async function slurm(program: string, args: readonly string[], seconds?: number): Promise<string> {
  try {
    const limit = seconds === undefined ? {} : { timeout: seconds * 1000 };
    const { stdout } = await execute(program, [...args], { maxBuffer: 2 ** 28, ...limit });
    return stdout;
  } catch (error) {
    const why = whyNot(program, error, seconds);
    throw new UserError(`${program}: ${why}`, ExitCode.unavailable, { cause: error });
  }
}

/** The largest array that Slurm accepts; task numbers are smaller. */
export async function maxArraySize(): Promise<number> {
  const match = /^MaxArraySize\s*=\s*(\d+)/m.exec(await slurm('scontrol', ['show', 'config']));
  return Math.max(1, Number(match?.[1] ?? 1001));
}
