import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './sweeps.ts';

type Program = 'sbatch' | 'squeue' | 'sacct' | 'scancel' | 'scontrol';

/** Replaces Slurm's programs by shell scripts until the test ends. By default the queue is empty, and jobs get numbers from 100. */
export function fakeSlurm(scripts: Partial<Record<Program, string>> = {}) {
  const folder = temporaryFolder();
  const log = join(folder, 'calls.txt');
  const replace = (program: Program, script: string): void => {
    const text = `#!/bin/sh\necho "${program} $*" >>${log}\n${script}\n`;
    writeFileSync(join(folder, program), text, { mode: 0o755 });
  };
  const sbatch = `echo $((99 + $(grep -c ^sbatch ${log})))`;
  const all = { sbatch, squeue: '', sacct: '', scancel: '', scontrol: '', ...scripts };
  for (const [program, script] of Object.entries(all)) replace(program as Program, script);
  const path = process.env['PATH'];
  process.env['PATH'] = `${folder}:${path}`;
  onTestFinished(() => void (process.env['PATH'] = path));
  /** The calls of a program so far: its arguments. */
  const calls = (program: Program): string[] => {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    return lines.filter((line) => line.startsWith(`${program} `)).map((line) => line.slice(program.length + 1));
  };
  return { replace, calls };
}
