import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSchema } from '../../src/config/run.ts';
import { includeFile, openYaml, parseYaml, readYaml, validateYaml } from '../../src/config/yaml.ts';

const folder = mkdtempSync(join(tmpdir(), 'doubletime-yaml-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = `network: { name: alexnet }
data: { source: synthetic, input: 32 }
recipe:
  batch: 32
  epochs: 2
  learningRate: 0.1
`;
const validate = (text: string) => validateYaml(parseYaml(text, 'run.yaml'), runSchema);

describe('validateYaml', () => {
  it('fills in defaults', () => {
    expect(validate(run).recipe.optimizer).toEqual({ name: 'sgd', momentum: 0.9, nesterov: false });
  });

  it.each([
    [run.replace('learningRate', 'lerningRate'), 'run.yaml:6:3: recipe', 'mean "learningRate"'],
    [run.replace('batch: 32', 'batch: many'), 'run.yaml:4:3: recipe.batch', 'got "many"'],
    [run.replace('batch: 32', 'batch: 0'), 'run.yaml:4:3: recipe.batch', 'got 0'],
    [run.replace('  batch: 32\n', ''), 'run.yaml:3:1: recipe.batch', 'is missing'],
    [run.replace('synthetic', 'sintetic'), 'run.yaml:2:9: data.source', 'mean "synthetic"'],
    [`${run}  optimizer: { name: sgdd }\n`, 'run.yaml:7:16: recipe.optimizer.name', 'mean "sgd"'],
    [`${run}evaluateEvery: { epoch: 3 }\n`, 'run.yaml:7:1: evaluateEvery', 'mean "epochs"'],
    [`${run}seed: .nan\n`, 'run.yaml:7:1: seed', 'expected number'],
    [`${run}__proto__: 3\n`, 'run.yaml:7:1: __proto__', 'unknown key'],
  ])('names line, key and mend (%#)', (text, place, mend) => {
    expect(() => validate(text)).toThrow(place);
    expect(() => validate(text)).toThrow(mend);
  });
});

describe('parseYaml', () => {
  it.each([
    ['seed: 1\nseed: 2\n', 'x.yaml:2:1: Map keys must be unique'],
    ['a: [1, 2', 'x.yaml:1:9'],
    ['a: *nobody', 'x.yaml:1'],
    ['a: &a\n  b: [*a]\n', 'x.yaml:2:7: *a: it stands inside of its own value'],
  ])('refuses %j with its place', (text, message) => {
    expect(() => parseYaml(text, 'x.yaml')).toThrow(message);
  });

  it('refuses aliases that would grow without end', () => {
    const lines = Array.from({ length: 9 }, (_, i) => {
      const values = Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`));
      return `a${i}: &a${i} [${values.join(',')}]`;
    });
    expect(() => parseYaml(lines.join('\n'), 'x.yaml')).toThrow(/x\.yaml:1:1: .*alias/);
  });

  it('locates values behind an alias where they are written', () => {
    const source = parseYaml('one: &o\n  two: 2\nthree: *o\n', 'x.yaml');
    expect(source.locate(['three', 'two'])).toBe('x.yaml:2:3');
  });
});

describe('includeFile', () => {
  it('puts another file in the place of its name, and blames that file', () => {
    mkdirSync(join(folder, 'recipes'));
    const recipe = join(folder, 'recipes', 'small.yaml');
    writeFileSync(recipe, 'batch: 32\nepochs: -1\nlearningRate: 0.1\n');
    const file = join(folder, 'run.yaml');
    writeFileSync(file, `${run.split('recipe:')[0]!}recipe: recipes/small.yaml\n`);
    const source = includeFile(openYaml(file), ['recipe']);
    expect(source.value).toMatchObject({ recipe: { batch: 32 } });
    expect(() => validateYaml(source, runSchema)).toThrow(`${recipe}:2:1: recipe.epochs`);
  });

  it('names the line that names a file that is not there', () => {
    const file = join(folder, 'missing.yaml');
    writeFileSync(file, `seed: 1\nrecipe: nowhere.yaml\n`);
    expect(() => includeFile(openYaml(file), ['recipe'])).toThrow(`${file}:2:1: recipe`);
  });

  it('says which file is missing', () => {
    expect(() => readYaml(join(folder, 'no.yaml'), runSchema)).toThrow('there is no such file');
  });
});
