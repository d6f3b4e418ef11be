import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readMeasurement } from '../../../src/results/read.ts';
import { runPaths } from '../../../src/results/run-folder.ts';
import { readSweep } from '../../../src/sweep/planning/expand.ts';
import { catalogue } from '../../../src/cli/sweep/catalogue.ts';
import { entry, startProgram, until } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

const yaml = `question: Which learning rate?
data: { source: synthetic, input: 16, classes: 4, trainExamples: 160, validationExamples: 40 }
level: { metric: top1, value: 0.9 }
recipe: { batch: 32, epochs: 2, learningRate: 0.05 }
tune: { recipe.learningRate: [0.0001, 0.02, 0.05] }
runs: [{ network: { name: resnet18, stem: small, width: 0.05 } }]
`;

/** Writes the file of a sweep or a run, and returns a function that starts a search with it. */
function writeSearch(name: string, text: string) {
  const file = folder.at(`${name}.yaml`);
  const dir = folder.at(name);
  writeFileSync(file, text);
  const start = (...more: string[]) =>
    startProgram(process.execPath, [entry, 'search', file, '--dir', dir, ...more], { TF_NUM_INTRAOP_THREADS: '1' });
  return { dir, start };
}

const runIdsIn = (dir: string): string[] => (existsSync(join(dir, 'runs')) ? readdirSync(join(dir, 'runs')) : []);
const measuredRunIds = (dir: string): string[] =>
  runIdsIn(dir).filter((id) => existsSync(runPaths(join(dir, 'runs', id)).measurement));

interface Summary {
  networks: { best: number | null; trials: { status: string; runs: string[]; why: string | null }[] }[];
}

it('a search resumes after SIGKILL, loses no trial and trains none twice, and ends with a sweep', async () => {
  const { dir, start } = writeSearch('tuned', yaml);
  const killed = start();
  expect(await until(killed, () => measuredRunIds(dir).length > 0)).toBe(true);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const { code, out, err } = await start().ended;
  expect([code, err]).toEqual([0, '']);

  const summary = JSON.parse(readFileSync(join(dir, 'search.json'), 'utf8')) as Summary;
  const [network] = summary.networks;
  const runs = network!.trials.flatMap((trial) => trial.runs);
  expect(network!.trials).toHaveLength(3);
  expect(new Set(runs).size).toBe(runs.length);
  expect(runIdsIn(dir).sort()).toEqual([...runs].sort());
  const results = runs.map((id) => readMeasurement(runPaths(join(dir, 'runs', id)).measurement));
  expect(results.map(({ totals }) => totals.wasted.steps)).toEqual(runs.map(() => 0));
  expect(new Set(results.map(({ seed }) => seed))).toEqual(new Set([1_000_000]));
  // Every trial is in the table with its result, and a dropped one with the reason.
  const rows = out.match(/^resnet18 +\d +learningRate [\d.]+ +(dropped|reached the level) .*$/gm) ?? [];
  expect(rows).toHaveLength(3);
  expect(rows.filter((row) => row.includes('the best 2 of 3 trials with this schedule'))).toHaveLength(1);
  expect(out).toContain('settings for doubletime sweep:');

  const tuned = readSweep(join(dir, 'tuned.yaml'), catalogue);
  expect(tuned.runs.map(({ seed, level }) => [seed, level?.value])).toEqual([[0, 0.9]]);

  const again = await start().ended;
  expect([again.code, again.err]).toEqual([0, '']);
  expect(runIdsIn(dir)).toHaveLength(runs.length);
});

it('takes the trials of --results, and trains only what is missing there', async () => {
  const store = folder.at('store');
  const search = async (name: string) => {
    const dir = folder.at(name);
    const file = folder.at('stored.yaml');
    writeFileSync(file, yaml);
    const command = [entry, 'search', file, '--dir', dir, '--results', store];
    const { code, err } = await startProgram(process.execPath, command, { TF_NUM_INTRAOP_THREADS: '1' }).ended;
    expect([code, err]).toEqual([0, '']);
    return { trained: runIdsIn(dir), summary: JSON.parse(readFileSync(join(dir, 'search.json'), 'utf8')) as Summary };
  };
  const first = await search('stored-first');
  const stored = readdirSync(join(store, 'stored-search'));
  expect(stored).toHaveLength(first.trained.length);
  expect(await search('stored-second')).toEqual({ trained: [], summary: first.summary });

  const [{ trials }] = first.summary.networks as [Summary['networks'][number]];
  const [longest] = trials.map(({ runs }) => runs).toSorted((x, y) => y.length - x.length);
  const last = longest!.at(-1)!;
  rmSync(
    join(
      store,
      'stored-search',
      stored.find((name) => name.includes(last))!,
    ),
  );
  expect(await search('stored-third')).toEqual({ trained: [last], summary: first.summary });
});

it('searches the settings of a single run file', async () => {
  const run = `network: { name: resnet18, stem: small, width: 0.05 }
data: { source: synthetic, input: 16, classes: 4, trainExamples: 96, validationExamples: 40 }
level: { metric: top1, value: 0.01 }
recipe: { batch: 32, epochs: 1, learningRate: 0.05, tune: { epochs: [1] } }
`;
  const { dir, start } = writeSearch('one-run', run);
  const { code, out, err } = await start().ended;
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^resnet18 +reached the level +top-1 1\.0 % +epochs 1 /m);
  const [tuned] = readSweep(join(dir, 'one-run.yaml'), catalogue).runs;
  expect(tuned?.config.recipe.epochs).toBe(1);

  const edited = '# mine\n';
  writeFileSync(join(dir, 'one-run.yaml'), edited);
  const again = await start().ended;
  expect(again.out).toContain(`one-run.yaml had other content, kept as ${join(dir, 'one-run.yaml.before-1')}`);
  expect(readFileSync(join(dir, 'one-run.yaml.before-1'), 'utf8')).toBe(edited);
  expect(readSweep(join(dir, 'one-run.yaml'), catalogue).runs).toHaveLength(1);
});

it.each([
  ['a seed of the sweep itself', yaml, ['--seed', '0'], 78, /--seed is 0, which the sweep itself uses \(resnet18\)/],
  ['nothing to tune', yaml.replace(/tune: .*\n/, ''), [], 78, /has no values to try: add some/],
  ['an unknown key', yaml.replace('recipe.learningRate:', 'recipe.rate:'), [], 78, /recipe\.rate: unknown key "rate"/],
  [
    'a value for a tuned key',
    yaml,
    ['--set', 'recipe.learningRate=0.5'],
    78,
    /--set recipe\.learningRate: the search tries the values of recipe\.learningRate under "tune" for resnet18/,
  ],
  ['a fraction of a trial', yaml, ['--trials', '0.5'], 64, /--trials is 0\.5, expected a whole number/],
  ['an option of the other search', yaml, ['--precision', '0.1'], 64, /--precision needs --over epochs/],
  [
    'an option of this search',
    yaml,
    ['--over', 'epochs', '--trials', '3'],
    64,
    /--trials is for a search without --over/,
  ],
])('refuses %s in one line, before anything is written', async (name, text, options, code, message) => {
  const { dir, start } = writeSearch(name.replaceAll(' ', '-'), text);
  const ended = await start(...options).ended;
  expect(ended.code).toBe(code);
  expect(ended.err).toMatch(message);
  expect(ended.err.trim().split('\n')).toHaveLength(1);
  expect(existsSync(dir)).toBe(false);
});

it('refuses to replace its own input, also behind a link', async () => {
  const { dir } = writeSearch('own', yaml);
  mkdirSync(dir);
  const input = join(dir, 'own.yaml');
  writeFileSync(input, yaml);
  symlinkSync(input, folder.at('link.yaml'));
  for (const [file, text] of [
    [input, yaml],
    [folder.at('link.yaml'), `name: own\n${yaml}`],
  ] as const) {
    writeFileSync(input, text);
    const { code, err } = await startProgram(process.execPath, [entry, 'search', file, '--dir', dir]).ended;
    const problem = `${input} would be replaced by the tuned sweep: choose another --dir`;
    expect([code, err.trim()]).toEqual([64, `doubletime: ${problem}`]);
    expect(readFileSync(input, 'utf8')).toBe(text);
  }
  expect(readdirSync(dir)).toEqual(['own.yaml']);
});

it('refuses the folder of another search before anything is written', async () => {
  const { dir, start } = writeSearch('second', yaml);
  mkdirSync(dir);
  const summary = join(dir, 'search.json');
  const own = 'the search of second with the seed 1000000: choose another --dir';
  for (const [content, problem] of [
    [{ version: 2, sweep: 'first', seed: 1 }, `belongs to the search of first with the seed 1, not to ${own}`],
    [{ version: 2, sweep: 'second', seed: 1 }, `belongs to the search of second with the seed 1, not to ${own}`],
    [
      { version: 1, network: 'vgg11', level: { metric: 'top1', value: 0.9 } },
      `belongs to the search for the schedule of vgg11 to top1 0.9, not to ${own}`,
    ],
    [[], 'is not of a search (it names no sweep and no level): move it away, or choose another --dir'],
  ] as const) {
    writeFileSync(summary, JSON.stringify(content));
    const { code, err } = await start().ended;
    expect([code, err.trim()]).toEqual([78, `doubletime: ${summary} ${problem}`]);
    expect(JSON.parse(readFileSync(summary, 'utf8'))).toEqual(content);
  }
  expect(readdirSync(dir)).toEqual(['search.json']);
});

it('reports a file in the place of its folder, with exit code 74', async () => {
  const { dir, start } = writeSearch('blocked', yaml);
  writeFileSync(dir, '');
  const { code, err } = await start().ended;
  expect(code).toBe(74);
  expect(err).toContain('a file is where a folder is expected');
});
