import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLockHolder } from '../../src/base/files/lock.ts';
import { runSchema } from '../../src/config/run.ts';
import type { Crossing } from '../../src/results/measurement.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { entry, type Running, startProgram, syntheticRun, until } from '../support/processes.ts';
import { afterStep, pausingAt, isPaused, untilPending } from '../support/pause.ts';
import { temporaryFolder } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

const startSearch = (
  env: NodeJS.ProcessEnv = {},
  { dir = folder.path, more = [] as readonly string[] } = {},
): Running => {
  const set = ['level.metric=top1', 'level.value=0.5', 'recipe.epochs=4', ...more];
  const options = ['--over', 'epochs', '--dir', dir, '--precision', '0.5'];
  const given = ['search', syntheticRun, ...options, ...set.flatMap((text) => ['--set', text])];
  return startProgram(process.execPath, [entry, ...given], env);
};

/** Starts a search and waits until its trial with `epochs` epochs is paused after its third step. Returns the trial's pid. */
async function startPausedSearch(epochs: number): Promise<{ search: Running; pid: number }> {
  const search = startSearch(pausingAt(afterStep(3, `/epochs-${epochs}`)));
  let pid: number | undefined;
  const trialIsPaused = (): boolean => {
    pid = readLockHolder(join(trialFolder(epochs), 'lock'))?.pid;
    return pid !== undefined && isPaused(pid);
  };
  expect(await until(search, trialIsPaused)).toBe(true);
  return { search, pid: pid! };
}
const trialFolder = (epochs: number): string => folder.at(`epochs-${epochs}`);

interface Summary {
  tries: { epochs: number; folder: string; status: string; crossing: Crossing | null }[];
  best: number;
}

it('a search resumes after a signal and after a kill, finds the trial with the least compute, and then trains no more', async () => {
  // A signal in the first trial: the trial writes a checkpoint.
  const first = await startPausedSearch(4);
  first.search.child.kill('SIGTERM');
  await untilPending(first.pid, 'SIGTERM');
  process.kill(first.pid, 'SIGCONT');
  const stopped = await first.search.ended;
  expect(stopped.code).toBe(75);
  expect(stopped.err).toMatch(
    /the trial with 4 epochs ended with exit code 75: run the same command again to resume it/,
  );

  // A kill in the second trial: the trial stays paused, and the next search waits for it.
  const { search: second, pid } = await startPausedSearch(2);
  second.child.kill('SIGKILL');
  const search = startSearch();
  let output = '';
  search.child.stdout!.on('data', (text) => (output += String(text)));
  expect(await until(search, () => output.includes(`waiting for process ${pid} on `))).toBe(true);
  process.kill(pid, 'SIGCONT');
  const third = await search.ended;
  expect(third.code, third.err).toBe(0);

  const summary = JSON.parse(readFileSync(folder.at('search.json'), 'utf8')) as Summary;
  // 4 epochs reach the level. 2 epochs, the geometric mean of 1 and 4, do not. 2.8 is the geometric mean of 2 and 4.
  expect(summary.tries.map(({ epochs }) => epochs)).toEqual([4, 2, 2.8]);
  const measured = summary.tries.map((one) => readMeasurement(folder.at(`${one.folder}/measurement.json`)));
  expect(summary.tries.map(({ crossing }) => crossing)).toEqual(measured.map(({ crossing }) => crossing));
  expect(measured.map(({ config }) => runSchema.parse(config)).map((c) => [c.recipe.epochs, c.stopAt])).toEqual([
    [4, 'level'],
    [2, 'level'],
    [2.8, 'level'],
  ]);
  expect(measured.map(({ totals }) => totals.wasted.steps)).toEqual([0, 0, 0]);
  const reached = summary.tries.filter(({ crossing }) => crossing !== null);
  const least = Math.min(...reached.map(({ crossing }) => crossing!.flops));
  expect(summary.best).toBe(
    Math.min(...reached.filter(({ crossing }) => crossing!.flops === least).map((t) => t.epochs)),
  );
  for (const { epochs, crossing } of summary.tries)
    expect(third.out).toMatch(new RegExp(`^ *${epochs} +${crossing ? 'reached the level' : 'did not reach it'} `, 'm'));
  expect(third.out.trimEnd()).toMatch(new RegExp(`least compute: .*FLOP with a schedule of ${summary.best} epochs$`));

  // All trials are finished: the next search returns the same result.
  const before = readFileSync(folder.at('search.json'), 'utf8');
  const again = await startSearch().ended;
  expect([again.code, again.err]).toEqual([0, '']);
  expect(readFileSync(folder.at('search.json'), 'utf8')).toBe(before);

  // Another search would replace the list of trials.
  const others = [
    ['recipe.epochs=8', 'recipe.learningRate=0.07'],
    ['recipe.epochs=8', 'level.value=0.6'],
  ];
  for (const more of others) {
    const other = await startSearch({}, { more }).ended;
    expect(other.code).toBe(78);
    expect(other.err).toMatch(
      /^doubletime: \S+search\.json belongs to the search for the schedule of .* choose another --dir$/m,
    );
  }
  expect(readFileSync(folder.at('search.json'), 'utf8')).toBe(before);
});

it('every schedule of a search is longer than its warm-up', async () => {
  const dir = folder.at('warm');
  // Every trial reaches this level at its first evaluation, so the search tries shorter and shorter schedules.
  const search = startSearch({}, { dir, more: ['level.value=0.01', 'recipe.warmupEpochs=2'] });
  const { code, err } = await search.ended;
  expect([code, err]).toEqual([0, '']);
  const { tries } = JSON.parse(readFileSync(join(dir, 'search.json'), 'utf8')) as Summary;
  // 2.8 is the geometric mean of 2 and 4. The next mean, of 2 and 2.8, is within the precision.
  expect(tries.map(({ epochs }) => epochs)).toEqual([4, 2.8]);
});

it('a search in a file instead of a folder prints the reason, and no internal error', async () => {
  writeFileSync(folder.at('file'), '');
  const { code, err } = await startSearch({}, { dir: folder.at('file') }).ended;
  expect(code).toBe(74);
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^doubletime: cannot write .*: a file is where a folder is expected/),
    expect.stringMatching(/^doubletime: the trial with 4 epochs ended with exit code 74.*, see above$/),
  ]);
});
