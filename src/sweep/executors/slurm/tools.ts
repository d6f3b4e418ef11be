import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ExitCode, messageOf, systemCodeOf, UserError } from '../../../base/errors.ts';

const execute = promisify(execFile);

/** The complete error output of a program in one line, because the reason may be in any line. */
const joinErrorLines = (program: string, stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.trim().replace(`${program}: `, '').replace('error: ', ''))
    .filter((line) => line !== '' && !line.startsWith('Try "'))
    .join('; ');

function describeFailure(program: string, error: unknown, seconds: number | undefined): string {
  if (systemCodeOf(error) === 'ENOENT') return 'it is not installed on this machine: use a machine of the cluster';
  if (error instanceof Error && 'killed' in error && error.killed === true) return `no answer in ${seconds} seconds`;
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return joinErrorLines(program, stderr) || messageOf(error);
}

/**
 * Runs one of Slurm's programs and returns what it prints.
 * @param seconds timeout; default: as long as Slurm itself waits.
 * @throws UserError 69 with Slurm's message if it is not installed or fails.
 */
export async function slurm(program: string, args: readonly string[], seconds?: number): Promise<string> {
  try {
    const limit = seconds === undefined ? {} : { timeout: seconds * 1000 };
    const { stdout } = await execute(program, [...args], { maxBuffer: 2 ** 28, ...limit });
    return stdout;
  } catch (error) {
    const reason = describeFailure(program, error, seconds);
    throw new UserError(`${program}: ${reason}`, ExitCode.unavailable, { cause: error });
  }
}

/** The option that sends a command to a cluster other than the one of this machine. */
export const clusterOption = (cluster: string | undefined): string[] => (cluster === undefined ? [] : ['-M', cluster]);

/** The largest array that Slurm accepts (MaxArraySize; by default 1001). @throws UserError 69 as `slurm`. */
export async function maxArraySize(): Promise<number> {
  const match = /^MaxArraySize\s*=\s*(\d+)/m.exec(await slurm('scontrol', ['show', 'config']));
  return Math.max(1, Number(match?.[1] ?? 1001));
}
