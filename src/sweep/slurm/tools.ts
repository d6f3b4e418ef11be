import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ExitCode, messageOf, systemCodeOf, UserError } from '../../base/errors.ts';

const execute = promisify(execFile);

/**
 * Runs one of Slurm's programs and returns what it prints.
 * @throws UserError 69 where it is not installed or does not succeed, with Slurm's own words.
 */
export async function slurm(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], { maxBuffer: 2 ** 28 });
    return stdout;
  } catch (error) {
    const missing = systemCodeOf(error) === 'ENOENT';
    const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const why = missing
      ? 'it is not installed here: use a machine that belongs to the cluster'
      : words.split('\n').at(-1) || messageOf(error);
    throw new UserError(`${program}: ${why}`, ExitCode.unavailable, { cause: error });
  }
}

/** The largest array Slurm takes: task numbers stay below it. */
export async function maxArraySize(): Promise<number> {
  const match = /^MaxArraySize\s*=\s*(\d+)/m.exec(await slurm('scontrol', ['show', 'config']));
  return Math.max(1, Number(match?.[1] ?? 1001));
}
