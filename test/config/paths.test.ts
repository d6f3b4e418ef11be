import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRun } from '../../src/config/load.ts';
import { doubletime } from '../support/cli.ts';
import { planOf, sweepHeader } from '../support/sweeps.ts';

let folder = '';
const home = process.env['HOME'];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-paths-'));
  process.env['HOME'] = folder;
  mkdirSync(join(folder, 'recipes'));
  writeFileSync(join(folder, 'recipes/own.yaml'), 'batch: 7\nepochs: 1\nlearningRate: 0.1\n');
});
afterAll(() => {
  if (home === undefined) delete process.env['HOME'];
  else process.env['HOME'] = home;
  rmSync(folder, { recursive: true });
});

function load(text: string, ...overrides: string[]) {
  const file = join(folder, 'run.yaml');
  writeFileSync(file, `network: { name: resnet18 }\n${text}`);
  return loadRun(file, overrides);
}
const data = 'data: { source: folder, path: ~/mine, input: 32 }\n';

describe('~ and environment variables', () => {
  it.each(['~/recipes/own.yaml', '$HOME/recipes/own.yaml', '"{ from: ~/recipes/own.yaml }"'])(
    'are expanded in a run config: in data and in the recipe %s',
    (recipe) => {
      const { data: read, recipe: own } = load(`${data}recipe: ${recipe.replaceAll('"', '')}\n`);
      expect(read.path).toBe(join(folder, 'mine'));
      expect(own.batch).toBe(7);
    },
  );

  it('are expanded in --set', () => {
    const text = `${data}recipe: none.yaml\n`;
    const { data: read, recipe } = load(text, 'recipe=~/recipes/own.yaml', 'data.path=$HOME/other');
    expect(recipe.batch).toBe(7);
    expect(read.path).toBe(join(folder, 'other'));
  });

  it.each([
    ['recipe: ~/recipes/own.yaml\nruns: [{ network: alexnet }]'],
    ['runs: [{ network: alexnet, recipe: { from: ~/recipes/own.yaml } }]'],
    ['grid: { networks: [alexnet], recipes: [$HOME/recipes/own.yaml] }'],
    ['grid: { networks: [alexnet], recipes: { mine: "${HOME}/recipes/own.yaml" } }'],
  ])('are expanded in a sweep: %s', (text) => {
    const header = `question: why\nlevel: { metric: top1, value: 0.5 }\n${data}`;
    const { runs } = planOf(folder, `${header}${text}\n`);
    expect(runs.map(({ config }) => [config.recipe.batch, config.data.path])).toEqual([[7, join(folder, 'mine')]]);
  });

  it('are expanded in set of a sweep', () => {
    const text = `runs: [{ network: alexnet, set: { data: { source: folder, path: ~/set, input: 32 } } }]\n`;
    const { runs } = planOf(folder, `${sweepHeader}${text}`);
    expect(runs[0]!.config.data.path).toBe(join(folder, 'set'));
  });

  it('are refused with the line of the config if a variable is not set', () => {
    const unset = data.replace('~', '$DOUBLETIME_TEST_UNSET');
    expect(() => load(`${unset}recipe: ~/recipes/own.yaml\n`)).toThrow(
      /run\.yaml:2:25: data\.path: the environment variable DOUBLETIME_TEST_UNSET is not set/,
    );
    expect(() => load(`${data}recipe: $DOUBLETIME_TEST_UNSET/a.yaml\n`)).toThrow(
      /run\.yaml:3:1: recipe: the environment variable DOUBLETIME_TEST_UNSET/,
    );
  });

  it('are expanded on the command line', () => {
    const missing = doubletime(['export', '$HOME/none', '--format', 'csv']);
    expect(missing.stderr).toContain(`${folder}/none`);
    const { status, stderr } = doubletime(['export', folder, '--format=csv', '--out=$DOUBLETIME_TEST_UNSET/a']);
    expect(status).toBe(64);
    expect(stderr).toMatch(
      /^doubletime: --out is \$DOUBLETIME_TEST_UNSET\/a: the environment variable DOUBLETIME_TEST_UNSET is not set.*\n$/,
    );
    expect(doubletime(['status', '~/nowhere']).stderr).toContain(`${folder}/nowhere`);
  });
});
