import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { catalogue } from '../../src/cli/sweep/catalogue.ts';
import { sweepPaths } from '../../src/results/sweep-folder.ts';
import { readSweep } from '../../src/sweep/planning/expand.ts';
import { readStatus } from '../../src/sweep/status.ts';
import { doubletime } from '../support/cli.ts';
import { writeSmallSweep } from '../support/small-sweep.ts';
import { temporaryFolder } from '../support/sweeps.ts';

it('a folder in the place of a file of a run fails this run with one line, and the other runs go on', () => {
  const folder = temporaryFolder();
  const dir = join(folder, 'work');
  const names = ['progress.json', 'curve.jsonl', 'run.yaml', 'budget.json'];
  const file = writeSmallSweep(folder, 1, [...names.map((_, i) => `blocked${i}`), 'free']);
  const { runs } = readSweep(file, catalogue);
  const paths = names.map((name, i) => join(sweepPaths(dir).run(runs[i]!.id), name));
  for (const path of paths) mkdirSync(path, { recursive: true });

  const { status, stdout, stderr } = doubletime(['sweep', file, '--dir', dir, '--workers', '2']);
  expect([status, stderr]).toEqual([1, '']);
  for (const path of paths) expect(stdout).toMatch(new RegExp(`failed: .*${path}:? .*a folder`));
  expect(readStatus(dir).find(({ name }) => name === 'free')?.phase).toBe('done');
});

it('a file or a broken link in the place of the folder of a run fails this run with one line, and the other runs go on', () => {
  const folder = temporaryFolder();
  const dir = join(folder, 'work');
  const file = writeSmallSweep(folder, 1, ['file', 'link', 'free']);
  const { runs } = readSweep(file, catalogue);
  const [blocked, link] = runs.map(({ id }) => sweepPaths(dir).run(id)) as [string, string];
  mkdirSync(sweepPaths(dir).runs, { recursive: true });
  writeFileSync(blocked, 'a file');
  symlinkSync(join(folder, 'missing'), link);

  const { status, stdout, stderr } = doubletime(['sweep', file, '--dir', dir, '--workers', '1']);
  expect([status, stderr]).toEqual([1, '']);
  for (const [path, obstacle] of Object.entries({ [blocked]: 'a file', [link]: 'a link that leads to no folder' }))
    expect(stdout).toContain(
      `failed: ${path} is ${obstacle}, expected the folder of the run: move it to another place and run the same command again\n`,
    );
  expect(readStatus(dir).find(({ name }) => name === 'free')?.phase).toBe('done');
  const job = doubletime(['sweep-run', dir, 'small', sweepPaths(dir).results, runs[0]!.id]);
  expect([job.status, job.stderr]).toEqual([65, expect.stringContaining(`${blocked} is a file`)]);
});
