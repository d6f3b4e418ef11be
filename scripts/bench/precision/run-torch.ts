import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ExitCode, UserError } from '../../../src/base/errors.ts';
import { packageFile } from '../../../src/base/files/home.ts';

/** The threads of PyTorch: OMP_NUM_THREADS, or else one per core. */
export const torchThreads = (): number => Number(process.env['OMP_NUM_THREADS']) || availableParallelism();

/**
 * Runs a script with a job in PyTorch, and returns what it writes to the job's `out`.
 * @param script a path in this checkout.
 * @throws UserError exit code 69 if the Python fails.
 */
export function runTorch(python: string, script: string, folder: string, job: object): unknown {
  const [file, out] = ['job', 'result'].map((name) => join(folder, `${name}.json`)) as [string, string];
  writeFileSync(file, JSON.stringify({ ...job, out }));
  const { status, error } = spawnSync(python, [packageFile(script), file], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0)
    throw new UserError(
      `--torch ${python} failed (${error?.message ?? `exit code ${status ?? 'unknown'}`}): expected a Python that has torch and torchvision`,
      ExitCode.unavailable,
    );
  return JSON.parse(readFileSync(out, 'utf8'));
}
