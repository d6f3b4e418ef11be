import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startDoubletime } from '../../support/cli.ts';
import { until } from '../../support/small-sweep.ts';
import { standingStillAt, standsStill } from '../../support/stand-still.ts';
import { imageFolder, temporaryFolder } from '../images.ts';

const packer = fileURLToPath(new URL('../../support/pack-images.ts', import.meta.url));

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The numbers of finished images, in the order of the progress reports. */
  done: number[];
  errors: string;
}

/** Packs in a separate process, which is killed after this many images; `begun` is called after the first ones. */
function packing(folder: string, file: string, killed?: number, begun: () => void = () => undefined): Promise<Ended> {
  const args = [folder, file, ...(killed === undefined ? [] : [String(killed)])];
  const child = spawn(process.execPath, ['--import', 'tsx', packer, ...args]);
  let output = '';
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
    begun();
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

describe('packing, in processes', () => {
  it('that are killed repeatedly, gives the same file as without a kill', async () => {
    const folder = await folderOf(110);
    const whole = join(temporaryFolder(), 'whole.pack');
    expect((await packing(folder, whole)).errors).toBe('');
    const file = join(temporaryFolder(), 'killed.pack');
    let last = 0;
    for (const stop of [30, 80]) {
      const ended = await packing(folder, file, stop);
      expect(ended.signal).toBe('SIGKILL');
      expect(existsSync(file)).toBe(false);
      // It resumed shortly before the point of the kill: the last few images had not been synced.
      expect(ended.done[0]).toBeGreaterThan(last - 20);
      last = ended.done.at(-1)!;
    }
    const end = await packing(folder, file);
    expect(end).toMatchObject({ code: 0, errors: '' });
    expect(end.done[0]).toBeGreaterThan(last - 20);
    expect(readFileSync(file).equals(readFileSync(whole))).toBe(true);
    expect(readdirSync(join(file, '..'))).toEqual(['killed.pack']);
  });

  it('into one file: the second process is refused, the first is not disturbed', async () => {
    const folder = await folderOf(100);
    const file = join(temporaryFolder(), 'x.pack');
    let second: Promise<Ended> | undefined;
    const first = await packing(folder, file, undefined, () => {
      second ??= packing(folder, file);
    });
    const refused = (await second)!;
    expect(first.code).toBe(0);
    expect(refused.errors).toMatch(/x\.pack (is being packed by process \d+ on |already exists)/);
    expect(readdirSync(join(file, '..'))).toEqual(['x.pack']);
  });

  it('stops at SIGTERM in one line with exit code 75, and resumes when started again', async () => {
    const folder = await folderOf(200);
    const file = join(temporaryFolder(), 'x.pack');
    const args = ['data', 'pack', folder, '--out', file, '--size', '256', '--resize', 'box'];
    // The process is paused at its first output, so that it cannot finish before the signal.
    const running = startDoubletime(args, standingStillAt({ file: 'stderr', text: 'packing: ' }));
    await until(() => running.child.exitCode !== null || standsStill(running.child.pid!));
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
