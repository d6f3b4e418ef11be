import { describe, expect, it } from 'vitest';
import { loadRun } from '../../src/config/load.ts';
import { readTune } from '../../src/config/tune.ts';
import { parseYaml } from '../../src/config/yaml/yaml.ts';

const read = (text: string, path: readonly string[] = ['tune']) => readTune(parseYaml(text, 'a.yaml'), path);

describe('readTune', () => {
  it('reads lists and ranges of dotted keys', () => {
    const text = 'tune: { recipe.epochs: [4, 8], recipe.learningRate: { min: 0.01, max: 0.4, scale: log } }';
    expect(read(text)).toEqual({
      'recipe.epochs': [4, 8],
      'recipe.learningRate': { min: 0.01, max: 0.4, scale: 'log' },
    });
    expect(read('question: none')).toBeUndefined();
  });

  it("takes the keys of a recipe's own tune as keys of the recipe", () => {
    expect(read('recipe: { tune: { learningRate: [0.1] } }', ['recipe', 'tune'])).toEqual({
      'recipe.learningRate': [0.1],
    });
  });

  it.each([
    ['tune: [1]', /tune is \[1\], expected keys with values/],
    ['tune: { learningRate: [0.1] }', /is not a dotted key of the recipe: write recipe\.learningRate/],
    ['tune: { network.width: [0.5] }', /only recipe\.\* can be tuned/],
    ['tune: { recipe.epochs: [] }', /is an empty list/],
    ['tune: { recipe.epochs: 8 }', /is 8, expected a list of numbers or a range/],
    ['tune: { recipe.epochs: [4, eight] }', /value 2 is "eight", expected a number/],
    ['tune: { recipe.epochs: [4, .inf] }', /value 2 is Infinity, expected a number/],
    ['tune: { recipe.epochs: [4, 4] }', /contains 4 twice/],
    ['tune: { recipe.epochs: 4..8 }', /is "4\.\.8", expected a list of numbers or a range/],
    ['tune: { recipe.learningRate: { min: 0.1, max: 1 } }', /even differences or with even ratios: add scale/],
    ['tune: { recipe.learningRate: { min: 1, max: 0.1, scale: log } }', /expected min to be less than max/],
    ['tune: { recipe.learningRate: { min: 0, max: 0.1, scale: log } }', /above 0 with scale: log/],
    ['tune: { recipe.learningRate: { min: 0.1, max: 1, scale: ln } }', /scale is "ln", expected log or linear/],
    ['tune: { recipe.learningRate: { min: .inf, max: .nan, scale: log } }', /min is Infinity and max is NaN/],
    ['tune: { recipe.learningRate: { from: 0.1, max: 1, scale: log } }', /unknown key "from"/],
    ['tune: { recipe.learningRate: { min: low, max: 1, scale: log } }', /min is "low" and max is 1/],
  ])('refuses %s in one line with its place', (text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(/^a\.yaml:1:\d+: tune/);
  });
});

describe('loadRun', () => {
  it('leaves the values to tune out of the config that is trained', () => {
    const run = (tune: string, inRecipe: string): string => `network: { name: resnet18 }
data: { source: cifar10, input: 32 }
recipe: { batch: 32, epochs: 2, learningRate: 0.1${inRecipe} }
${tune}`;
    const tuned = run('tune: { recipe.epochs: [1, 2] }', ', tune: { learningRate: [0.1] }');
    expect(loadRun('a.yaml', [], tuned)).toEqual(loadRun('a.yaml', [], run('', '')));
  });
});
