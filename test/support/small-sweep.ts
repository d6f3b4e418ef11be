import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLockHolder } from '../../src/base/files/lock.ts';
import type { RunningCli } from './cli.ts';
import { pausingAt, isPaused } from './pause.ts';

/** Writes a sweep of real runs of a few seconds, one per id. Returns its file. */
export function writeSmallSweep(folder: string, epochs: number, ids: readonly string[]): string {
  const file = join(folder, 'small.yaml');
  const network = '{ name: resnet18, stem: small, width: 0.1 }';
  writeFileSync(
    file,
    `question: Is anything lost?
data: { source: synthetic, input: 16, classes: 10, trainExamples: 320, validationExamples: 100 }
recipe: { batch: 32, epochs: ${epochs}, learningRate: 0.05 }
runs: [${ids.map((id) => `{ id: ${id}, network: ${network} }`).join(', ')}]
`,
  );
  return file;
}

/** The run folders of a sweep, sorted by name. */
export function runFolders(dir: string): string[] {
  const runs = join(dir, 'runs');
  return existsSync(runs)
    ? readdirSync(runs)
        .sort()
        .map((id) => join(runs, id))
    : [];
}

/** The lines of a run's log. */
export function eventsOf(run: string): { pid: number; msg: string }[] {
  const file = join(run, 'events.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as { pid: number; msg: string });
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

/** An environment in which every run of a sweep pauses once, after its first evaluation. */
export const pausingAtFirstEvaluation = pausingAt({
  file: '/events.jsonl',
  text: '"msg":"evaluated"',
});

/** Waits until this many runs of a sweep in that environment are paused. Returns their process ids. */
export async function untilRunsPause({ child, printed }: RunningCli, dir: string, count: number): Promise<number[]> {
  let pids: number[] = [];
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the sweep has ended: ${printed()}`);
    const holders = runFolders(dir).flatMap((run) => readLockHolder(join(run, 'lock')) ?? []);
    pids = holders.map(({ pid }) => pid).filter(isPaused);
    return pids.length >= count;
  });
  return pids;
}

/** Continues paused processes. */
export function continueProcesses(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGCONT');
}
