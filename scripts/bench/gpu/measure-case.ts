import { spawnSync } from 'node:child_process';
import type { Environment } from '../../../src/train/accounting/environment.ts';

/** The result of one case: the median, smallest and largest time of a step, or the error. */
export interface Measured {
  /** PyTorch's mode; missing for doubletime. */
  readonly mode?: string;
  readonly milliseconds?: number;
  readonly low?: number;
  readonly high?: number;
  readonly imagesPerSecond?: number;
  readonly memoryBytes?: number | null;
  readonly floorMilliseconds?: number | null;
  readonly error?: string;
  readonly environment?: Environment;
}

/** Why a process ended without its results. */
function describeEnd(status: number | null, signal: string | null, stderr: string, seconds: number): string {
  if (signal === 'SIGKILL') return `not finished after ${seconds} s (--timeout), or killed`;
  if (signal !== null) return `ended by ${signal}`;
  const errors = stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const last = errors.findLast((line) => /error/i.test(line)) ?? errors.at(-1) ?? '';
  return `exit code ${status ?? '?'}: ${last.trim().slice(0, 300)}`;
}

/**
 * Runs a process that prints each result as a line of JSON. If it fails, its error is the last result: results that it printed before
 * are kept.
 */
export function measureCases(
  command: string,
  args: readonly string[],
  { seconds, env }: { readonly seconds: number; readonly env: NodeJS.ProcessEnv },
): Measured[] {
  const { pid, stdout, stderr, status, signal } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 28,
    env,
  });
  if (pid === 0) return [{ error: `${command} could not be started` }];
  const results = stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Measured);
  if (status === 0 && results.length > 0) return results;
  return [...results, { error: describeEnd(status, signal, stderr, seconds) }];
}
