import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holderOf } from '../../src/base/lock.ts';
import { runSchema } from '../../src/config/run.ts';
import type { Crossing } from '../../src/results/measurement.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { entry, type Running, startProgram, syntheticRun, until } from '../support/processes.ts';
import { afterStep, standingStillAt, standsStill, untilSent } from '../support/stand-still.ts';
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

/** Starts a search whose try with so many epochs stands still after its third step, and waits for that; the try's process. */
async function searchStandingStill(epochs: number): Promise<{ search: Running; pid: number }> {
  const search = startSearch(standingStillAt(afterStep(3, `/epochs-${epochs}`)));
  let pid: number | undefined;
  const isStill = (): boolean => {
    pid = holderOf(join(tryOf(epochs), 'lock'))?.pid;
    return pid !== undefined && standsStill(pid);
  };
  expect(await until(search, isStill)).toBe(true);
  return { search, pid: pid! };
}
const tryOf = (epochs: number): string => folder.at(`epochs-${epochs}`);

interface Summary {
  tries: { epochs: number; folder: string; status: string; crossing: Crossing | null }[];
  best: number;
}

it('is stopped, killed and taken up again, and lists its tries with the least compute of all', async () => {
  // Stopped by a signal in the first try: that one writes a checkpoint.
  const first = await searchStandingStill(4);
  first.search.child.kill('SIGTERM');
  await untilSent(first.pid, 'SIGTERM');
  process.kill(first.pid, 'SIGCONT');
  const stopped = await first.search.ended;
  expect(stopped.code).toBe(75);
  expect(stopped.err).toMatch(/the try with 4 epochs ended with exit code 75: the same command goes on/);

  // Killed in the second: the try stands still until the next search has come to it, which waits for it.
  const { search: second, pid } = await searchStandingStill(2);
  second.child.kill('SIGKILL');
  const search = startSearch();
  let said = '';
  search.child.stdout!.on('data', (text) => (said += String(text)));
  expect(await until(search, () => said.includes(`waiting for process ${pid} on `))).toBe(true);
  process.kill(pid, 'SIGCONT');
  const third = await search.ended;
  expect(third.code, third.err).toBe(0);

  const summary = JSON.parse(readFileSync(folder.at('search.json'), 'utf8')) as Summary;
  // 4 reaches the level, half as much (the geometric middle of 1 and 4) does not: 2.8 is that of 2 and 4.
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
}, 900_000);

it('with every try finished answers at once, the same', async () => {
  const before = readFileSync(folder.at('search.json'), 'utf8');
  const again = await startSearch().ended;
  expect([again.code, again.err]).toEqual([0, '']);
  expect(readFileSync(folder.at('search.json'), 'utf8')).toBe(before);
}, 600_000);

it('never tries a schedule that is no longer than its warm-up', async () => {
  const dir = folder.at('warm');
  // Reached at the first evaluation of every try, so that shorter and shorter ones are tried.
  const search = startSearch({}, { dir, more: ['level.value=0.01', 'recipe.warmupEpochs=2'] });
  const { code, err } = await search.ended;
  expect([code, err]).toEqual([0, '']);
  const { tries } = JSON.parse(readFileSync(join(dir, 'search.json'), 'utf8')) as Summary;
  // The geometric middle of 2 and 4; the next, of 2 and 2.8, is nearer than the precision.
  expect(tries.map(({ epochs }) => epochs)).toEqual([4, 2.8]);
}, 600_000);

it('whose folder is a file says so, with no fault of its own', async () => {
  writeFileSync(folder.at('file'), '');
  const { code, err } = await startSearch({}, { dir: folder.at('file') }).ended;
  expect(code).toBe(74);
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^doubletime: cannot write .*: a file stands where a folder should be/),
    expect.stringMatching(/^doubletime: the try with 4 epochs ended with exit code 74.*, see above$/),
  ]);
}, 600_000);
