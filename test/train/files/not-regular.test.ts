import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRun } from '../../../src/config/load.ts';
import { readMeasurement } from '../../../src/results/read.ts';
import { train } from '../../../src/train/run.ts';
import { crashBeforeStep, failureOf, reproduciblePart, temporaryFolder, testJob } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

const fifo = (path: string): void => {
  rmSync(path, { force: true, recursive: true });
  execFileSync('mkfifo', [path]);
};
const device = (path: string): void => {
  rmSync(path, { force: true, recursive: true });
  symlinkSync('/dev/zero', path);
};
const folderAt = (path: string): void => {
  rmSync(path, { force: true, recursive: true });
  mkdirSync(path);
};

const kinds = [
  ['a FIFO', fifo],
  ['a device', device],
  ['a folder', folderAt],
] as const;

describe.each(kinds)('%s in the place of a file of a run', (kind, make) => {
  it.each(['mark.json', 'config.json', 'events.jsonl', 'lock', 'measurement.json'])(
    'is refused at once with one line: %s',
    async (name) => {
      await crashBeforeStep(folder.at('run'), 17);
      const path = folder.at(`run/${name}`);
      make(path);
      const { exitCode, message } = await failureOf(testJob(folder.at('run')));
      const reportedKind = name === 'lock' && kind === 'a device' ? 'a symbolic link' : kind;
      expect(message).toBe(`${path} is ${reportedKind}, expected a regular file: name another file, or move it away`);
      expect(exitCode).toBe(65);
      rmSync(path, { recursive: true });
    },
  );

  it('is ignored with a warning in the place of the limit of a sweep', async () => {
    const job = testJob(folder.at('run'), {
      stopAt: 'level',
      level: { metric: 'top1', value: 1 },
    });
    mkdirSync(folder.at('run'));
    make(folder.at('run/budget.json'));
    expect((await train(job)).status).toBe('finished');
    expect(job.reporter.notes.join('\n')).toContain(`budget.json is ${kind}`);
  });
});

it('a folder in the place of a checkpoint is skipped, and named if the run must write there', async () => {
  await crashBeforeStep(folder.at('run'), 25);
  const path = folder.at('run/checkpoints/step-000000020.safetensors');
  folderAt(path);
  const { exitCode, message } = await failureOf(testJob(folder.at('run')));
  expect(message).toBe(
    `cannot write ${path}: a folder is where a file is expected: move it away or choose another path`,
  );
  expect(exitCode).toBe(65);
});

it.each(kinds.slice(0, 2))(
  '%s in the place of a checkpoint is skipped for an older checkpoint, with a warning',
  async (kind, make) => {
    const whole = reproduciblePart(await train(testJob(folder.at('whole'))));
    await crashBeforeStep(folder.at('run'), 25);
    make(folder.at('run/checkpoints/step-000000020.safetensors'));
    const job = testJob(folder.at('run'));
    expect(reproduciblePart(await train(job))).toEqual(whole);
    expect(job.reporter.notes.join('\n')).toContain(`step-000000020.safetensors is ${kind}`);
  },
);

it.each(kinds)('%s in the place of a config or a measurement is refused', (kind, make) => {
  const path = folder.at('file.yaml');
  make(path);
  const refused = expect.objectContaining({
    exitCode: 65,
    message: `${path} is ${kind}, expected a regular file: name another file, or move it away`,
  }) as Error;
  expect(() => loadRun(path)).toThrow(refused);
  expect(() => readMeasurement(path)).toThrow(refused);
});

it('a socket is refused', async () => {
  const path = folder.at('socket');
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  expect(() => loadRun(path)).toThrow(`${path} is a socket, expected a regular file`);
  server.close();
});

describe('a lock that is a link', () => {
  it.each(['nothing', '/dev/null'])('to %s is refused, and its target is not changed', async (to) => {
    mkdirSync(folder.at('run'));
    symlinkSync(to, folder.at('run/lock'));
    const { exitCode, message } = await failureOf(testJob(folder.at('run')));
    expect(message).toContain('run/lock is a symbolic link, expected a regular file');
    expect(exitCode).toBe(65);
    expect(readdirSync(folder.at('run')).sort()).toEqual(['checkpoints', 'lock', 'tensorboard']);
    unlinkSync(folder.at('run/lock'));
    expect((await train(testJob(folder.at('run')))).status).toBe('finished');
  });
});
