import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { doubletime, type RunningCli, startDoubletime } from '../../support/cli.ts';
import { until } from '../../support/small-sweep.ts';
import { pausingAt, isPaused } from '../../support/pause.ts';
import { imageFolder, temporaryFolder } from '../images.ts';

const packer = fileURLToPath(new URL('../../support/pack-images.ts', import.meta.url));

interface PackingEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The numbers of finished images, in the order of the progress reports. */
  done: number[];
  errors: string;
}

/** Packs in a separate process, which kills itself after `killAfter` images. */
function pack(folder: string, file: string, killAfter?: number): Promise<PackingEnd> {
  const args = [folder, file, ...(killAfter === undefined ? [] : [String(killAfter)])];
  const child = spawn(process.execPath, ['--import', 'tsx', packer, ...args]);
  let output = '';
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const done = output.trim().split('\n').filter(Boolean).map(Number);
      resolve({ code, signal, done, errors });
    });
  });
}

const folderOf = (count: number): Promise<string> =>
  imageFolder({ ape: { train: count, val: 2 }, bee: { train: 20, val: 2 } });

const packArguments = (folder: string, file: string): string[] => [
  ...['data', 'pack', folder, '--out', file, '--size', '256', '--resize', 'box'],
];

const untilPausedOrEnded = ({ child }: RunningCli): Promise<void> =>
  until(() => child.exitCode !== null || isPaused(child.pid!));

describe('packing', () => {
  it('gives the same file after repeated kills as without a kill', async () => {
    const folder = await folderOf(110);
    const whole = join(temporaryFolder(), 'whole.pack');
    expect((await pack(folder, whole)).errors).toBe('');
    const file = join(temporaryFolder(), 'killed.pack');
    let last = 0;
    for (const stop of [30, 80]) {
      const ended = await pack(folder, file, stop);
      expect(ended.signal).toBe('SIGKILL');
      expect(existsSync(file)).toBe(false);
      // It resumed shortly before the kill, because the last few images were not synced.
      expect(ended.done[0]).toBeGreaterThan(last - 20);
      last = ended.done.at(-1)!;
    }
    const end = await pack(folder, file);
    expect(end).toMatchObject({ code: 0, errors: '' });
    expect(end.done[0]).toBeGreaterThan(last - 20);
    expect(readFileSync(file).equals(readFileSync(whole))).toBe(true);
    expect(readdirSync(join(file, '..'))).toEqual(['killed.pack']);
  });

  it('refuses a second process for the same file, and does not disturb the first', async () => {
    const folder = await folderOf(20);
    const file = join(temporaryFolder(), 'x.pack');
    const args = packArguments(folder, file);
    // The first process is paused at its first output, so that it cannot finish before the second starts.
    const first = startDoubletime(args, pausingAt({ file: 'stderr', text: 'packing: ' }));
    await untilPausedOrEnded(first);
    const second = doubletime(args);
    expect(second.status).toBe(69);
    expect(second.stderr).toContain(`x.pack is being packed by process ${first.child.pid!} on `);
    first.child.kill('SIGCONT');
    expect((await first.end).status).toBe(0);
    expect(readdirSync(join(file, '..'))).toEqual(['x.pack']);
  });

  it('stops at SIGTERM in one line with exit code 75, and resumes when started again', async () => {
    const folder = await folderOf(200);
    const file = join(temporaryFolder(), 'x.pack');
    const args = packArguments(folder, file);
    // The process is paused at its first output, so that it cannot finish before the signal.
    const running = startDoubletime(args, pausingAt({ file: 'stderr', text: 'packing: ' }));
    await untilPausedOrEnded(running);
    for (const signal of ['SIGTERM', 'SIGCONT'] as const) running.child.kill(signal);
    const stopped = await running.end;
    expect(stopped.status).toBe(75);
    expect(stopped.stderr.trim().split('\n').at(-1)).toMatch(
      /^doubletime: packing \S+x\.pack was stopped by SIGTERM: run the same command again to resume$/,
    );
    expect(existsSync(file)).toBe(false);
    const again = await startDoubletime(args).end;
    expect(again).toMatchObject({ status: 0 });
    const doneOf = (text: string): number => Number(/packing: (\d+) of 224/.exec(text)![1]);
    expect(doneOf(again.stderr)).toBeGreaterThan(doneOf(stopped.stderr));
    expect(again.stdout).toContain('220 training and 4 validation images of 2 classes');
  });
});
