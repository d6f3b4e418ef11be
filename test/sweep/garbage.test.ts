import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPaths } from '../../src/results/run-folder.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { planText } from '../../src/results/sweep-plan.ts';
import { sweepLocally } from '../../src/sweep/executors/local/sweep-locally.ts';
import { recordJobs } from '../../src/sweep/executors/slurm/jobs-file.ts';
import { jobStates } from '../../src/sweep/executors/slurm/jobs.ts';
import { loadPlans } from '../../src/sweep/folder.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { startDoubletime } from '../support/cli.ts';
import {
  pausingAtFirstEvaluation,
  continueProcesses,
  untilRunsPause,
  writeSmallSweep,
} from '../support/small-sweep.ts';
import { untilPending } from '../support/pause.ts';
import { cancelFake, fakeSweep, planOf, sweepHeader, temporaryFolder } from '../support/sweeps.ts';

type Create = (path: string) => void;

/** A FIFO. Opening it for reading or for writing blocks forever. */
const fifo: Create = (path) => {
  execFileSync('mkfifo', [path]);
};
const folderAt: Create = (path) => {
  mkdirSync(path);
};
const bytes: Create = (path) => {
  writeFileSync(path, Buffer.from([0, 255, 254, 10, 123]));
};
const otherJson: Create = (path) => {
  writeFileSync(path, '[null, {"pid": {}}]');
};
const link: Create = (path) => {
  symlinkSync('nowhere', path);
};

function sweepOfOne() {
  const folder = temporaryFolder();
  const plan = planOf(folder, `${sweepHeader}retries: 0\nruns: [{ network: vgg11 }]\n`);
  const { context } = fakeSweep(folder, plan, { stepMs: 1 });
  const paths = runPaths(sweepPaths(folder).run(plan.runs[0]!.id));
  const put = (file: string, create: Create): void => {
    mkdirSync(dirname(file), { recursive: true });
    create(file);
  };
  const sweep = () => sweepLocally(context, [{ name: 'here', env: {} }], { changed: () => undefined });
  return { folder, plan, paths, put, sweep };
}

describe('anything else in the place of a file of a sweep', () => {
  it.each([
    ['progress', 'a FIFO', fifo],
    ['progress', 'bytes', bytes],
    ['progress', 'other JSON', otherJson],
    ['yaml', 'a FIFO', fifo],
    ['yaml', 'bytes', bytes],
    ['budget', 'a FIFO', fifo],
    ['budget', 'bytes', bytes],
    ['lock', 'bytes', bytes],
  ] as const)('in the place of %s: %s is replaced, and the run finishes', async (name, _, create) => {
    const { folder, paths, put, sweep } = sweepOfOne();
    put(paths[name], create);
    expect(readStatus(folder)).toMatchObject([{ phase: 'queued', progress: null }]);
    expect(await sweep()).toMatchObject([{ phase: 'done' }]);
  });

  it.each([
    ['measurement', 'a FIFO', fifo],
    ['measurement', 'a folder', folderAt],
    ['measurement', 'bytes', bytes],
    ['measurement', 'other JSON', otherJson],
    ['output', 'a FIFO', fifo],
    ['output', 'a folder', folderAt],
    ['claim', 'a FIFO', fifo],
    ['claim', 'a folder', folderAt],
    ['claim', 'a dangling link', link],
  ] as const)('in the place of %s: %s fails only its run, and the error names the file', async (name, _, create) => {
    const { folder, paths, put, sweep } = sweepOfOne();
    put(paths[name], create);
    const message = expect.stringContaining(paths[name]) as string;
    const [state] = await sweep();
    expect(state).toMatchObject({ phase: 'failed', exitCode: 65, message });
    expect(await cancelFake(folder)).toEqual({ jobs: [], terminated: [], unreachable: [] });
  });

  it.each([
    ['a FIFO', fifo],
    ['a folder', folderAt],
    ['bytes', bytes],
    ['other JSON', otherJson],
  ])('a plan that is %s is refused with one line', (_, create) => {
    const { folder, put } = sweepOfOne();
    put(sweepPaths(folder).plan('other'), create);
    const message = expect.stringMatching(/^[^\n]*other\.json[: ][^\n]+$/) as string;
    expect(() => loadPlans(folder)).toThrow(expect.objectContaining({ exitCode: 65, message }) as Error);
  });

  it.each([
    ['an id that leads out of the folder', { id: '../../x' }],
    ['an id of two lines', { id: 'a\nb' }],
    ['a missing anchor', { anchor: 'nobody' }],
    ['no config', { config: null }],
  ])('a plan that has %s is refused', (_, change) => {
    const { folder, plan } = sweepOfOne();
    const runs = plan.runs.map((run) => ({ ...run, ...change }));
    const file = sweepPaths(folder).plan('test');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(planText(plan)) as object), runs }));
    expect(() => loadPlans(folder)).toThrow(/test\.json: not a sweep plan of version 1: runs/);
  });

  it.each([
    ['a FIFO', fifo],
    ['a folder', folderAt],
  ])('a list of jobs that is %s is ignored, and is not written', async (_, create) => {
    const { folder, put } = sweepOfOne();
    put(join(sweepPaths(folder).executor('slurm'), 'jobs.jsonl'), create);
    expect(await jobStates(folder, new Set())).toEqual(new Map());
    const job = { run: 'a', job: '1_0', submittedAt: '2026-01-01T00:00:00Z' };
    expect(() => {
      recordJobs(folder, [job]);
    }).toThrow(/jobs\.jsonl/);
  });

  it('ignores FIFOs among the locks of active sweeps', async () => {
    const { folder, put, sweep } = sweepOfOne();
    put(join(sweepPaths(folder).running, 'abc'), fifo);
    expect(await sweep()).toMatchObject([{ phase: 'done' }]);
  });
});

describe('a sweep whose folder is deleted while it runs', () => {
  it('ends with 74 and one line, and does not create the folder again', async () => {
    const folder = temporaryFolder();
    const dir = join(folder, 'work');
    const command = ['sweep', writeSmallSweep(folder, 4, ['a', 'b']), '--dir', dir];
    const sweep = startDoubletime([...command, '--workers', '2'], pausingAtFirstEvaluation);
    const pausedPids = await untilRunsPause(sweep, dir, 2);
    rmSync(dir, { recursive: true });
    // The runs are paused, so only the sweep can notice the loss. It then stops them.
    for (const pid of pausedPids) await untilPending(pid, 'SIGTERM');
    continueProcesses(pausedPids);
    const { status, stderr } = await sweep.end;
    expect([status, stderr]).toEqual([
      74,
      `doubletime: the sweep's folder ${dir} is missing or empty: restore it and run the same command again\n`,
    ]);
    expect(existsSync(sweepPaths(dir).plans)).toBe(false);
    expect(existsSync(sweepPaths(dir).running)).toBe(false);
  });
});
