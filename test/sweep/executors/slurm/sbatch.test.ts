import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { slurmOptions } from '../../../../src/sweep/executors/slurm/options.ts';
import { batchText } from '../../../../src/sweep/executors/slurm/sbatch.ts';
import { arrayOption } from '../../../../src/sweep/executors/slurm/submit.ts';
import { parseAccounting, parseQueue } from '../../../../src/sweep/executors/slurm/queue.ts';
import { doubletime } from '../../../support/cli.ts';
import { writeSmallSweep } from '../../../support/small-sweep.ts';
import { temporaryFolder } from '../../../support/sweeps.ts';

const file = {
  sweep: 'alexnet-level',
  folder: '/shared/runs/a level/slurm',
  workingFolder: '/home/someone/doubletime',
  command: { file: '/usr/bin/node', args: ['cli.mjs', 'sweep-run', "it's here"] },
  config: slurmOptions.parse({
    partition: 'gpu',
    account: 'vision',
    time: '1-12:00:00',
    gres: 'gpu:a100:1',
    cpusPerTask: 12,
    memory: '64G',
    extraLines: ['#SBATCH --constraint=ib', '#SBATCH --mail-type=FAIL'],
    setup: ['module load cuda'],
  }),
};

describe('batchText', () => {
  it('writes the recorded batch file', async () => {
    await expect(batchText(file)).toMatchFileSnapshot(resolve(import.meta.dirname, 'job.sbatch'));
  });

  it('writes percent signs of the folder so that Slurm does not take them for a pattern', () => {
    const text = batchText({ ...file, folder: '/shared/50 %j/slurm' });
    expect(text).toContain('#SBATCH --output="/shared/50 %%j/slurm/%A_%a.log"\n');
  });

  it.each([
    ['folder', { folder: '/shared/a\nrm -r x' }],
    ['folder', { folder: '/shared/a\u0085b' }],
    ['working folder', { workingFolder: '/home/a\n#SBATCH --wrap=x' }],
    ['command', { command: { file: '/usr/bin/node', args: ['cli.mjs', 'a\nb'] } }],
    ['sweep', { sweep: 'a\nrm -r x' }],
    ['partition', { config: { ...file.config, partition: 'gpu\nrm -r x' } }],
  ])('refuses a line break or control character in a %s', (_, change) => {
    expect(() => batchText({ ...file, ...change })).toThrow(
      /^"[^"]*\\[^\n]*" contains control characters or line breaks, which a batch file cannot contain/,
    );
  });

  it('refuses a folder with a backslash, which turns the names of logs off', () => {
    expect(() => batchText({ ...file, folder: '/shared/a\\b' })).toThrow(/choose another --dir/);
  });

  it('writes valid bash', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], {
      input: batchText(file),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

it('a folder with a name that a batch file cannot contain is refused before anything is written', () => {
  const folder = temporaryFolder();
  const command = ['sweep', writeSmallSweep(folder, 1, ['a']), '--executor', 'slurm', '--dir'];
  const { status, stderr } = doubletime([...command, join(folder, 'x\nrm -r y')]);
  expect([status, stderr]).toEqual([
    64,
    expect.stringMatching(/^doubletime: "[^\n]*\\n[^\n]*" contains control characters or line breaks[^\n]*\n$/),
  ]);
  expect(readdirSync(folder)).toEqual(['small.yaml']);
});

describe('the batch file as a job', () => {
  /** Executes it with a run that ends with `code`. `scontrol` reports RUNNING and refuses the first two requeues. */
  function runJob(code: number, run = `exit ${code}`, setup: string[] = []) {
    const folder = temporaryFolder();
    const tool = (name: string, body: string) => {
      writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
    };
    tool('sleep', 'exit 0');
    tool('run', `echo "$1" >"${folder}/started"; ${run}`);
    tool(
      'scontrol',
      `[ "$1" = show ] && { echo '   JobState=RUNNING Reason=None'; exit; }
echo "$*" >>"${folder}/asked"
[ "$(wc -l <"${folder}/asked")" -gt 2 ]`,
    );
    const command = { file: join(folder, 'run'), args: [] };
    const script = join(folder, 'job.sbatch');
    writeFileSync(script, batchText({ ...file, command, config: slurmOptions.parse({ setup }) }));
    writeFileSync(join(folder, 'list'), 'first\nsecond\nthird\n');
    const env = {
      ...process.env,
      PATH: `${folder}:${process.env['PATH']}`,
      SLURM_ARRAY_JOB_ID: '12',
      SLURM_ARRAY_TASK_ID: '1',
    };
    const { status } = spawnSync('bash', [script, join(folder, 'list'), '1'], { env });
    const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '');
    return { status, started: read('started'), requeues: read('asked') };
  }

  it('starts the run of its line, and repeats the requeue until a busy controller accepts it', () => {
    const requeues = 'requeue 12_1\n'.repeat(3);
    expect(runJob(75)).toEqual({ status: 75, started: 'third\n', requeues });
  });

  it.each(['USR1', 'TERM'])('starts no run and is requeued if %s comes during its set-up', (signal) => {
    const requeues = 'requeue 12_1\n'.repeat(3);
    expect(runJob(0, 'exit 0', [`kill -${signal} $$`])).toEqual({ status: 75, started: '', requeues });
  });

  it('is requeued if its run gets a signal before it handles signals', () => {
    const requeues = 'requeue 12_1\n'.repeat(3);
    const run = 'kill -USR1 $PPID; exec /bin/sleep 60';
    expect(runJob(0, run)).toEqual({ status: 75, started: 'third\n', requeues });
  });

  it('does not requeue a run that another process has ended', () => {
    expect(runJob(0, 'kill -TERM $$')).toEqual({ status: 143, started: 'third\n', requeues: '' });
  });

  it.each([0, 65, 70])('does not requeue a run that ended with exit code %i', (code) => {
    expect(runJob(code)).toEqual({ status: code, started: 'third\n', requeues: '' });
  });
});

describe('arrayOption', () => {
  it.each([
    [1, undefined, '--array=0-0'],
    [10, 4, '--array=0-9%4'],
  ])('for %i runs and at most %s at the same time is %s', (count, most, option) => {
    expect(arrayOption(count, most)).toBe(option);
  });
});

describe('the output of Slurm', () => {
  it('is parsed by job', () => {
    expect([...parseQueue('12_0|RUNNING|None\n12_1|PENDING|Dependency\n\n').values()]).toEqual([
      { job: '12_0', state: 'RUNNING', isPending: false },
      { job: '12_1', state: 'PENDING', reason: 'Dependency', isPending: true },
    ]);
    expect(parseAccounting('12_0|CANCELLED by 0\n12_1|COMPLETED\n').get('12_0')?.state).toBe('CANCELLED');
  });
});
