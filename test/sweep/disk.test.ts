import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { loadMeasurements } from '../../src/results/store.ts';
import { doubletime, startDoubletime } from '../support/cli.ts';
import {
  pausingAtFirstEvaluation,
  eventsOf,
  continueProcesses,
  runFolders,
  untilRunsPause,
  writeSmallSweep,
} from '../support/small-sweep.ts';
import { fill, mount, remount, unmount } from '../support/mounts.ts';
import { temporaryFolder } from '../support/sweeps.ts';

/** Runs pause after their first epoch and must still write after it. */
const EPOCHS = 4;

/** The number of finished trainings according to their logs. */
const finishedTrainings = (dir: string): number =>
  runFolders(dir)
    .flatMap(eventsOf)
    .filter(({ msg }) => msg === 'finished').length;

describe('a disk during a sweep', () => {
  it('that is full or lost ends the sweep with 74 and one line; the same command resumes and finishes all runs', async (context) => {
    const folder = temporaryFolder();
    const [kept, disk] = [join(folder, 'kept'), join(folder, 'disk')];
    const reason = mount(kept, '-t', 'tmpfs', '-o', 'size=12m', 'tmpfs') ?? mount(disk, '--bind', kept);
    if (reason) context.skip(reason);
    const dir = join(disk, 'work');
    const command = ['sweep', writeSmallSweep(folder, EPOCHS, ['a', 'b']), '--dir', dir, '--workers', '2'];
    const sweep = startDoubletime(command, pausingAtFirstEvaluation);
    const pausedPids = await untilRunsPause(sweep, dir, 2);
    fill(disk, join(disk, 'filler'));
    continueProcesses(pausedPids);
    const { status, stderr } = await sweep.end;
    expect([status, stderr]).toEqual([
      74,
      `doubletime: cannot write ${dir}: the disk is full: free some space and run the same command again\n`,
    ]);
    expect(loadMeasurements([dir]).stored).toEqual([]);
    rmSync(join(disk, 'filler'));

    const second = startDoubletime(command, pausingAtFirstEvaluation);
    const pausedAgain = await untilRunsPause(second, dir, 2);
    unmount(disk);
    continueProcesses(pausedAgain);
    const lost = await second.end;
    expect([lost.status, lost.stderr]).toEqual([
      74,
      `doubletime: the sweep's folder ${dir} is missing or empty: restore it and run the same command again\n`,
    ]);

    expect(mount(disk, '--bind', kept)).toBeUndefined();
    const again = doubletime(command);
    expect([again.status, again.stderr]).toEqual([0, '']);
    const { stored, unreadable } = loadMeasurements([join(dir, 'results')]);
    expect(unreadable).toEqual([]);
    expect(stored.map(({ measurement }) => measurement.totals.epochs)).toEqual([EPOCHS, EPOCHS]);
    expect(readdirSync(dir).sort()).toEqual(['at-work', 'results', 'runs', 'sweeps']);
    expect(readdirSync(join(dir, 'at-work'))).toEqual([]);
  });
});

describe('a disk that is nearly full', () => {
  it('ends the sweep with 74 if a checkpoint does not fit although small files do, and the same command resumes', async (context) => {
    const folder = temporaryFolder();
    const disk = join(folder, 'disk');
    const reason = mount(disk, '-t', 'tmpfs', '-o', 'size=5m', 'tmpfs');
    if (reason) context.skip(reason);
    const dir = join(disk, 'work');
    const file = writeSmallSweep(folder, EPOCHS, ['a', 'b']);
    const command = ['sweep', file, '--dir', dir, '--workers', '2'];
    const sweep = startDoubletime(command, pausingAtFirstEvaluation);
    const pausedPids = await untilRunsPause(sweep, dir, 2);
    // The sweep's own probe of 64 KiB fits, a checkpoint does not.
    fill(disk, join(disk, 'filler'), 100_000);
    continueProcesses(pausedPids);
    const { status, stdout, stderr } = await sweep.end;
    expect(stderr).toMatch(/^doubletime: [ab]-s0-\w+ ended with exit code 74: .*the disk is full.*\n$/);
    expect(status).toBe(74);
    expect(stdout).not.toMatch(/retry in|retrying/);
    // No run was started again, and no run has failed.
    const started = runFolders(dir)
      .flatMap(eventsOf)
      .filter(({ msg }) => msg === 'evaluated');
    expect(new Set(started.map(({ pid }) => pid)).size).toBe(2);
    remount(disk, 'size=40m');
    const again = doubletime(command);
    expect([again.status, again.stderr]).toEqual([0, '']);
    const { stored } = loadMeasurements([join(dir, 'results')]);
    expect(stored.map(({ measurement }) => measurement.totals.epochs)).toEqual([EPOCHS, EPOCHS]);
  });
});

/** The command of a sweep of one run with a store on its own disk, mounted with these options. */
function sweepWithStore(context: TestContext, options: string) {
  const folder = temporaryFolder();
  const store = join(folder, 'store');
  const reason = mount(store, '-t', 'tmpfs', '-o', options, 'tmpfs');
  if (reason) context.skip(reason);
  const dir = join(folder, 'work');
  const file = writeSmallSweep(folder, 4, ['a']);
  return { store, dir, command: ['sweep', file, '--dir', dir, '--results', store] };
}

describe('a store of results', () => {
  it('that becomes full during training loses no result: the next sweep stores it without training again', async (context) => {
    const { store, dir, command } = sweepWithStore(context, 'size=128k');
    const sweep = startDoubletime(command, pausingAtFirstEvaluation);
    const pausedPids = await untilRunsPause(sweep, dir, 1);
    fill(store, join(store, 'filler'));
    continueProcesses(pausedPids);
    const { status, stderr } = await sweep.end;
    expect(status).toBe(74);
    expect(stderr).toMatch(
      /^doubletime: cannot write \S+\/store\/small\S*: the disk is full: free some space and run the same command again\n$/,
    );
    rmSync(join(store, 'filler'));
    const again = doubletime(command);
    expect([again.status, again.stderr]).toEqual([0, '']);
    expect(again.stdout).not.toContain('starts on');
    expect(finishedTrainings(dir)).toBe(1);
    expect(loadMeasurements([store]).stored).toHaveLength(1);
  });

  it('that cannot be written is refused before any training, and ends a sweep that is training', async (context) => {
    const { store, dir, command } = sweepWithStore(context, 'ro,size=1m');
    const refusal = `doubletime: cannot write ${store}: the folder cannot be written: give write permission or choose another\n`;
    const refused = doubletime(command);
    expect([refused.status, refused.stderr]).toEqual([73, refusal]);
    expect(runFolders(dir)).toEqual([]);
    remount(store, 'rw');
    const sweep = startDoubletime(command, pausingAtFirstEvaluation);
    const pausedPids = await untilRunsPause(sweep, dir, 1);
    remount(store, 'ro');
    continueProcesses(pausedPids);
    const ended = await sweep.end;
    expect(ended.status).toBe(73);
    expect(ended.stderr).toMatch(/^doubletime: cannot write .*the folder cannot be written.*\n$/);
    remount(store, 'rw');
    expect(doubletime(command).status).toBe(0);
    expect(finishedTrainings(dir)).toBe(1);
    expect(loadMeasurements([store]).stored).toHaveLength(1);
  });
});
