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
  pausingAtFirstEvaluation,
  eventsOf,
  continueProcesses,
  runFolders,
  until,
  untilRunsPause,
  writeSmallSweep,
} from '../support/small-sweep.ts';
import { untilPending } from '../support/pause.ts';
import { temporaryFolder } from '../support/sweeps.ts';

/** The runs pause after their first epoch in two processes, and finish in the second. */
const EPOCHS = 5;

const pidsOf = (run: string): number[] => [...new Set(eventsOf(run).map(({ pid }) => pid))];

const environmentOf = (pid: number): Map<string, string> =>
  new Map(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((line) => line.split('=') as [string, string]),
  );

/** Two real trainings at a time. */
it(
  'Ctrl-C stops every run after a checkpoint; a killed sweep leaves its runs running, and the next one waits for them',
  { timeout: 900_000 },
  async () => {
    const folder = temporaryFolder();
    const dir = join(folder, 'work');
    const command = ['sweep', writeSmallSweep(folder, EPOCHS, ['a', 'b']), '--dir', dir, '--workers', '2'];

    const first = startDoubletime(command, pausingAtFirstEvaluation);
    const stoppedPids = await untilRunsPause(first, dir, 2);
    const share = String(Math.max(1, Math.floor(availableParallelism() / 2)));
    expect(stoppedPids.map((pid) => environmentOf(pid).get('OMP_NUM_THREADS'))).toEqual([share, share]);
    // A terminal sends the signal to every process of the group.
    process.kill(-first.child.pid!, 'SIGINT');
    for (const pid of stoppedPids) await untilPending(pid, 'SIGTERM');
    continueProcesses(stoppedPids);
    const stopped = await first.end;
    expect([stopped.status, stopped.stderr]).toEqual([75, '']);
    expect(stopped.stdout).toContain('stopped by SIGINT: run the same command again to resume 2 unfinished runs');
    expect(stopped.stdout.match(/: stopped after a checkpoint/g)).toHaveLength(2);
    const runs = runFolders(dir);
    expect(runs).toHaveLength(2);
    for (const run of runs) {
      expect(readProgress(run)).toMatchObject({
        state: 'stopped',
        message: expect.stringMatching(/checkpoint written/) as string,
      });
      expect(['lock', 'claim'].filter((name) => existsSync(join(run, name)))).toEqual([]);
    }
    const before = new Map(runs.map((run) => [run, pidsOf(run)]));

    const second = startDoubletime(command, pausingAtFirstEvaluation);
    const orphanPids = await untilRunsPause(second, dir, 2);
    second.child.kill('SIGKILL');
    expect((await second.end).signal).toBe('SIGKILL');
    const orphans = runs.map((run) => readLockHolder(join(run, 'lock'))!);
    expect(orphans.map(checkLiveness)).toEqual(['alive', 'alive']);

    const waiting = startDoubletime(command);
    await until(() => runs.every((run) => readLockHolder(join(run, 'claim'))?.pid === waiting.child.pid));
    continueProcesses(orphanPids);
    const third = await waiting.end;
    expect([third.status, third.stderr]).toEqual([0, '']);
    // Each run had two processes, of the first and of the second sweep. The third sweep only waited.
    for (const [i, run] of runs.entries()) expect(pidsOf(run)).toEqual([...before.get(run)!, orphans[i]!.pid]);
    const { stored, unreadable } = loadMeasurements([join(dir, 'results')]);
    expect(unreadable).toEqual([]);
    for (const { measurement } of stored) {
      expect(measurement.totals.epochs).toBe(EPOCHS);
      // The runs wrote checkpoints where they stopped, so no step was repeated.
      expect(measurement.totals.wasted.steps).toBe(0);
    }
    expect(stored).toHaveLength(2);
    for (const run of runs) expect(readFileSync(join(run, 'output.log'), 'utf8')).not.toMatch(/in use by/);
  },
);
