import { describe, expect, it } from 'vitest';
import { parseOverride, setByKey } from '../../src/config/overrides.ts';

describe('parseOverride', () => {
  it.each([
    ['recipe.epochs=3', ['recipe.epochs', 3]],
    ['network.batchNorm=false', ['network.batchNorm', false]],
    ['data.path=a=b', ['data.path', 'a=b']],
    ['recipe.schedule={name: step, everyEpochs: 30}', ['recipe.schedule', { name: 'step', everyEpochs: 30 }]],
  ])('reads %s', (text, expected) => {
    expect(parseOverride(text)).toEqual(expected);
  });

  it.each([210, 1000, 100_000])('refuses a value of %i nested lists', (count) => {
    expect(() => parseOverride(`a=${'['.repeat(count)}${']'.repeat(count)}`)).toThrow('the value is nested too deeply');
  });

  it.each(['epochs', '=3', 'a=[1'])('refuses %s', (text) => {
    expect(() => parseOverride(text)).toThrow(`"${text}"`);
  });

  it('refuses another version of YAML', () => {
    expect(() => parseOverride('seed=%YAML 1.1\n---\n1:30')).toThrow('%YAML is 1.1, expected 1.2');
  });
});

describe('setByKey', () => {
  it('changes one value of a copy and creates missing groups', () => {
    const config = { recipe: { epochs: 1, batch: 2 } };
    expect(setByKey(config, 'recipe.epochs', 3)).toEqual({ recipe: { epochs: 3, batch: 2 } });
    expect(setByKey(config, 'budget.hours', 1)).toEqual({ ...config, budget: { hours: 1 } });
    expect(config.recipe.epochs).toBe(1);
  });

  it('refuses a key below a number', () => {
    expect(() => setByKey({ seed: 1 }, 'seed.x', 2)).toThrow('cannot set seed.x: 1 has no key "x"');
  });
});
