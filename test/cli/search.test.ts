import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runSchema } from '../../src/config/run.ts';
import type { Crossing } from '../../src/results/measurement.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { entry, type Running, startProgram, stepsDone, syntheticRun, until } from '../support/processes.ts'; // prettier-ignore
import { temporaryFolder } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

const startSearch = (precision = '0.5'): Running => {
  const set = ['level.metric=top1', 'level.value=0.5', 'recipe.epochs=4'];
  const options = ['--over', 'epochs', '--dir', folder.path, '--precision', precision];
  const given = ['search', syntheticRun, ...options, ...set.flatMap((text) => ['--set', text])];
  return startProgram(process.execPath, [entry, ...given]);
};
const tryOf = (epochs: number): string => folder.at(`epochs-${epochs}`);

interface Summary {
  tries: { epochs: number; folder: string; status: string; crossing: Crossing | null }[];
  best: number;
}

it('is stopped, killed and taken up again, and lists its tries with the least compute of all', async () => {
  // Stopped by a signal in the first try: that one writes a checkpoint.
  const first = startSearch();
  expect(await until(first, () => stepsDone(tryOf(4)) > 2)).toBe(true);
  first.child.kill('SIGTERM');
  const stopped = await first.ended;
  expect(stopped.code).toBe(75);
  expect(stopped.err).toMatch(/the try with 4 epochs ended with exit code 75: the same command goes on/); // prettier-ignore

  // Killed in the second: the try works on, and the next search waits for it.
  const second = startSearch();
  expect(await until(second, () => existsSync(join(tryOf(2), 'lock')))).toBe(true);
  second.child.kill('SIGKILL');
  const { pid } = JSON.parse(readFileSync(join(tryOf(2), 'lock'), 'utf8')) as { pid: number };
  // It stands still until the next search has come to it.
  process.kill(pid, 'SIGSTOP');
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
  const measured = summary.tries.map((one) =>
    readMeasurement(folder.at(`${one.folder}/measurement.json`)),
  );
  expect(summary.tries.map(({ crossing }) => crossing)).toEqual(
    measured.map(({ crossing }) => crossing),
  );
  expect(
    measured.map(({ config }) => runSchema.parse(config)).map((c) => [c.recipe.epochs, c.stopAt]),
  ).toEqual([
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
    expect(third.out).toMatch(
      new RegExp(`^ *${epochs} +${crossing ? 'reached the level' : 'did not reach it'} `, 'm'),
    );
  expect(third.out.trimEnd()).toMatch(
    new RegExp(`least compute: .*FLOP with a schedule of ${summary.best} epochs$`),
  );
}, 180_000);

it('with every try finished answers at once, the same', async () => {
  const before = readFileSync(folder.at('search.json'), 'utf8');
  const again = await startSearch().ended;
  expect([again.code, again.err]).toEqual([0, '']);
  expect(readFileSync(folder.at('search.json'), 'utf8')).toBe(before);
}, 60_000);
