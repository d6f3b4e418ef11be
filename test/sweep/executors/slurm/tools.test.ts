import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { slurm } from '../../../../src/sweep/executors/slurm/tools.ts';
import { temporaryFolder } from '../../../support/sweeps.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Replaces a program of Slurm by a shell script. */
function replaceProgram(name: string, script: string): void {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
}

it('reports the complete output of a program in one line', async () => {
  replaceProgram(
    'sbatch',
    `printf '%s\\n' 'sbatch: error: Jobs here need an account.' 'sbatch: error: Unspecified error' >&2; exit 1`,
  );
  await expect(slurm('sbatch', [])).rejects.toMatchObject({
    exitCode: 69,
    message: 'sbatch: Jobs here need an account.; Unspecified error',
  });
});

it('removes the hint about the help of a program', async () => {
  replaceProgram(
    'sbatch',
    `echo "sbatch: unrecognized option '--x'\nTry \\"sbatch --help\\" for more information" >&2; exit 1`,
  );
  await expect(slurm('sbatch', [])).rejects.toThrow(/^sbatch: unrecognized option '--x'$/);
});

it('does not wait longer than its limit', async () => {
  replaceProgram('squeue', 'exec sleep 60');
  await expect(slurm('squeue', [], 0.2)).rejects.toThrow('squeue: no answer in 0.2 seconds');
});
