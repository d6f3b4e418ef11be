import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readLockHolder } from '../../src/base/lock.ts';
import { checkLiveness } from '../../src/base/process-identity.ts';
import { loadMeasurements } from '../../src/results/store.ts';
import { readProgress } from '../../src/results/progress.ts';
import { startDoubletime } from '../support/cli.ts';
import {
  atFirstEvaluation,
  eventsOf,
  goOn,
  runFolders,
  until,
  untilAtWork,
  writeSmallSweep,
} from '../support/small-sweep.ts';
import { untilSent } from '../support/stand-still.ts';
import { temporaryFolder } from '../support/sweeps.ts';

const pidsOf = (run: string): number[] => [...new Set(eventsOf(run).map(({ pid }) => pid))];

const environmentOf = (pid: number): Map<string, string> =>
  new Map(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((line) => line.split('=') as [string, string]),
  );

/** Real trainings, as many as two at once. What a terminal and an impatient administrator do, one after the other. */
it(
  'Ctrl-C checkpoints every run; a sweep that is killed leaves its runs at work, and the next one waits for them',
  { timeout: 900_000 },
  async () => {
    const folder = temporaryFolder();
    const dir = join(folder, 'work');
    const command = ['sweep', writeSmallSweep(folder, 20, ['a', 'b']), '--dir', dir, '--workers', '2'];

    const first = startDoubletime(command, atFirstEvaluation);
    const stoppedPids = await untilAtWork(first, dir, 2);
    const share = String(Math.max(1, Math.floor(availableParallelism() / 2)));
    expect(stoppedPids.map((pid) => environmentOf(pid).get('OMP_NUM_THREADS'))).toEqual([share, share]);
    // As a terminal does: to every process of the group.
    process.kill(-first.child.pid!, 'SIGINT');
    for (const pid of stoppedPids) await untilSent(pid, 'SIGTERM');
    goOn(stoppedPids);
    const stopped = await first.end;
    expect([stopped.status, stopped.stderr]).toEqual([75, '']);
    expect(stopped.stdout).toContain('stopped by SIGINT: run the same command again to resume the 2 unfinished runs');
    expect(stopped.stdout.match(/: stopped after a checkpoint/g)).toHaveLength(2);
    const begun = runFolders(dir);
    expect(begun).toHaveLength(2);
    for (const run of begun) {
      expect(readProgress(run)).toMatchObject({
        state: 'stopped',
        message: expect.stringMatching(/checkpoint written/) as string,
      });
      expect(['lock', 'claim'].filter((name) => existsSync(join(run, name)))).toEqual([]);
    }
    const before = new Map(begun.map((run) => [run, pidsOf(run)]));

    const second = startDoubletime(command, atFirstEvaluation);
    const orphanPids = await untilAtWork(second, dir, 2);
    second.child.kill('SIGKILL');
    expect((await second.end).signal).toBe('SIGKILL');
    const orphans = begun.map((run) => readLockHolder(join(run, 'lock'))!);
    expect(orphans.map(checkLiveness)).toEqual(['alive', 'alive']);

    const waiting = startDoubletime(command);
    await until(() => begun.every((run) => readLockHolder(join(run, 'claim'))?.pid === waiting.child.pid));
    goOn(orphanPids);
    const third = await waiting.end;
    expect([third.status, third.stderr]).toEqual([0, '']);
    // Two processes each, as started by the first and the second sweep; the third has only waited.
    for (const [i, run] of begun.entries()) expect(pidsOf(run)).toEqual([...before.get(run)!, orphans[i]!.pid]);
    const { stored, unreadable } = loadMeasurements([join(dir, 'results')]);
    expect(unreadable).toEqual([]);
    for (const { measurement } of stored) {
      expect(measurement.totals.epochs).toBe(20);
      // Checkpoints were written where the runs stopped: no step was taken twice.
      expect(measurement.totals.wasted.steps).toBe(0);
    }
    expect(stored).toHaveLength(2);
    for (const run of begun) expect(readFileSync(join(run, 'output.log'), 'utf8')).not.toMatch(/in use by/);
  },
);
