import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runSchema } from '../../../src/config/run.ts';
import { includeFile, openYaml, parseYaml, readYaml, validateYaml } from '../../../src/config/yaml/yaml.ts';

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
    [run.replace('batch: 32', 'batch: many'), 'run.yaml:4:3: recipe.batch', 'is "many", expected a number'],
    [run.replace('batch: 32', 'batch: 0'), 'run.yaml:4:3: recipe.batch', 'is 0, expected a number of at least 1'],
    [run.replace('  batch: 32\n', ''), 'run.yaml:3:1: recipe.batch', 'is missing'],
    [run.replace('synthetic', 'sintetic'), 'run.yaml:2:9: data.source', 'mean "synthetic"'],
    [`${run}  optimizer: { name: sgdd }\n`, 'run.yaml:7:16: recipe.optimizer.name', 'mean "sgd"'],
    [`${run}evaluateEvery: { epoch: 3 }\n`, 'run.yaml:7:1: evaluateEvery', 'mean "epochs"'],
    [`${run}seed: .nan\n`, 'run.yaml:7:1: seed', 'seed is NaN, expected a number'],
    [`${run}__proto__: 3\n`, 'run.yaml:7:1: __proto__', 'unknown key'],
  ])('names the line, the key and how to fix it (%#)', (text, place, hint) => {
    expect(() => validate(text)).toThrow(place);
    expect(() => validate(text)).toThrow(hint);
  });
});

describe('parseYaml', () => {
  it.each([
    ['seed: 1\nseed: 2\n', 'x.yaml:2:1: the key seed occurs twice here'],
    ["1: a\n'1': b\n", 'x.yaml:2:1: the key 1 occurs twice here: remove one'],
    ["'true': a\ntrue: b\n", 'x.yaml:2:1: the key true occurs twice here: remove one'],
    ['<<: { seed: 1 }\n<<: { seed: 2 }\n', 'x.yaml:2:1: the key << occurs twice here: write one list, <<: [*a, *b]'],
    ['a: [1, 2', 'x.yaml:1:9'],
    ['a: *nobody', 'x.yaml:1'],
    ['a: &a\n  b: [*a]\n', 'x.yaml:2:7: the alias *a is inside its own value'],
  ])('refuses %j and names its position', (text, message) => {
    expect(() => parseYaml(text, 'x.yaml')).toThrow(message);
  });

  it.each([
    ['%YAML 1.1\n---\nbatch: 1:30\n', 'x.yaml:1:1: %YAML is 1.1, expected 1.2'],
    ['# a note\n%YAML 1.3\n---\nbatch: 1\n', 'x.yaml:2:1: %YAML is 1.3, expected 1.2'],
  ])('refuses another version of YAML: %j', (text, message) => {
    expect(() => parseYaml(text, 'x.yaml')).toThrow(
      expect.objectContaining({ exitCode: 78, message: expect.stringContaining(message) as string }),
    );
  });

  it('reads YAML 1.2 with and without its directive', () => {
    const text = 'a: 1:30\nb: |\n  %YAML 1.1\n';
    const value = { a: '1:30', b: '%YAML 1.1\n' };
    expect(parseYaml(text, 'x.yaml').value).toEqual(value);
    expect(parseYaml(`%YAML 1.2\n---\n${text}`, 'x.yaml').value).toEqual(value);
  });

  it('refuses aliases that expand to billions of values', () => {
    const lines = Array.from({ length: 9 }, (_, i) => {
      const values = Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`));
      return `a${i}: &a${i} [${values.join(',')}]`;
    });
    expect(() => parseYaml(lines.join('\n'), 'x.yaml')).toThrow(/x\.yaml:1:1: .*alias/);
  });

  it('locates values behind an alias at their anchor', () => {
    const source = parseYaml('one: &o\n  two: 2\nthree: *o\n', 'x.yaml');
    expect(source.locate(['three', 'two'])).toBe('x.yaml:2:3');
  });
});

describe('a large YAML text', () => {
  const names = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
  const nestedAliases = names
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[i]!}`).join(', ')}]`)
    .join('\n');
  const deepAliases = Array.from({ length: 8 }, (_, i) =>
    i === 0 ? 'a0: &a0 [1]' : `a${i}: &a${i} ${'['.repeat(150)}*a${i - 1}${']'.repeat(150)}`,
  ).join('\n');
  it.each([
    [
      'of 20,000 aliases',
      `a: &a 1\nb: [${'*a, '.repeat(20_000)}]`,
      'x.yaml:2:4005: the file has more than 1000 aliases',
    ],
    [
      'of aliases of aliases',
      `a: &a [1, 2, 3]\n${nestedAliases}\n`,
      'the aliases (*name) expand to more than 1000 values',
    ],
    ['of many nested lists', '['.repeat(50_000), 'the file is nested too deeply'],
    ['of 1000 nested lists', `${'['.repeat(1000)}${']'.repeat(1000)}`, 'the file is nested too deeply'],
    ['of lists that aliases nest', deepAliases, 'the file is nested too deeply'],
    ['of 2 million characters', `a: ${'x'.repeat(2e6)}`, 'x.yaml has 2000003 characters, expected at most 1048576'],
  ])('%s is refused before it is expanded', (_title, text, message) => {
    expect(() => parseYaml(text, 'x.yaml')).toThrow(
      expect.objectContaining({
        exitCode: 78,
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('of 20,000 keys is read, and a duplicate key is found', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: ${i}`).join('\n');
    expect(Object.keys(parseYaml(keys, 'x.yaml').value as object).length).toBe(20_000);
    expect(() => parseYaml(`${keys}\nk7: 1\n`, 'x.yaml')).toThrow('x.yaml:20001:1: the key k7 occurs twice');
  });

  it('of 500 aliases is read', () => {
    const runs = Array.from({ length: 500 }, (_, i) => `r${i}: { <<: *base, seed: ${i} }`);
    const { value } = parseYaml(`base: &base { batch: 32 }\n${runs.join('\n')}\n`, 'x.yaml');
    expect(value).toMatchObject({ r499: { batch: 32, seed: 499 } });
  });
});

describe('includeFile', () => {
  it('replaces the name of a file by its content, and errors name that file', () => {
    mkdirSync(join(folder, 'recipes'));
    const recipe = join(folder, 'recipes', 'small.yaml');
    writeFileSync(recipe, 'batch: 32\nepochs: -1\nlearningRate: 0.1\n');
    const file = join(folder, 'run.yaml');
    writeFileSync(file, `${run.split('recipe:')[0]!}recipe: recipes/small.yaml\n`);
    const source = includeFile(openYaml(file), ['recipe']);
    expect(source.value).toMatchObject({ recipe: { batch: 32 } });
    expect(() => validateYaml(source, runSchema)).toThrow(`${recipe}:2:1: recipe.epochs`);
  });

  it('names the line with the path of a missing file', () => {
    const file = join(folder, 'missing.yaml');
    writeFileSync(file, `seed: 1\nrecipe: nowhere.yaml\n`);
    expect(() => includeFile(openYaml(file), ['recipe'])).toThrow(
      expect.objectContaining({
        exitCode: 66,
        message: expect.stringContaining(`${file}:2:1: recipe: cannot read ${join(folder, 'nowhere.yaml')}`) as string,
      }) as Error,
    );
  });

  it('names the missing file', () => {
    expect(() => readYaml(join(folder, 'no.yaml'), runSchema)).toThrow('the file does not exist');
  });
});
