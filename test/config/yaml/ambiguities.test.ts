import { describe, expect, it } from 'vitest';
import { loadRun } from '../../../src/config/load.ts';
import { parseOverride, setByKey } from '../../../src/config/overrides.ts';
import { runSchema } from '../../../src/config/run.ts';
import { sweepSchema } from '../../../src/config/sweep.ts';
import { executorOptions } from '../../../src/sweep/executors/options.ts';
import { parseYaml, validateYaml } from '../../../src/config/yaml/yaml.ts';
import { planOf, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const sweep = (text: string) =>
  validateYaml(parseYaml(`question: why\n${text}\n`, 'sweep.yaml'), sweepSchema.extend(executorOptions())) as {
    seeds?: unknown;
    question?: unknown;
    slurm?: unknown;
  };

describe('an error about text that YAML reads as another type shows how to write it', () => {
  it.each([
    ['slurm:\n  partition: 1080', 'sweep.yaml:3:3: slurm.partition', "'1080'"],
    ['slurm: { account: 1e3 }', 'slurm.account', "'1e3'"],
    ['slurm: { account: 1.10 }', 'slurm.account', "'1.10'"],
    ['slurm: { account: 0x1F }', 'slurm.account', "'0x1F'"],
    ['slurm: { partition: True }', 'slurm.partition', "'True'"],
    ['slurm: { partition: ~ }', 'slurm.partition', "'~'"],
    ['slurm: { setup: [module, 5] }', 'slurm.setup.1', "'5'"],
    ['name: 1e3', 'sweep.yaml:2:1: name', "'1e3'"],
    ['runs: [{ network: 1.50 }]', 'runs.0.network', "'1.50'"],
    ['grid: { networks: [alexnet, 3] }', 'grid.networks.1', "'3'"],
    ['grid: { networks: [alexnet], recipes: [2015] }', 'grid.recipes', "'2015'"],
    ['slurm: { time: &minutes 90, gres: *minutes }', 'slurm.gres', "'90'"],
  ])('%s', (text, place, quoted) => {
    expect(() => sweep(text)).toThrow(place);
    expect(() => sweep(text)).toThrow(`; for text, write ${quoted}`);
  });

  it('also in a run config', () => {
    const text = 'network: { name: 7 }\ndata: { source: folder, path: 2012, input: 32 }\n';
    const load = (part: string) => validateYaml(parseYaml(part, 'run.yaml'), runSchema);
    expect(() => load(text)).toThrow(/run\.yaml:1:12: network\.name .*'7'$/);
    expect(() => load(text.replace('7', 'alexnet'))).toThrow(/run\.yaml:2:25: data\.path .*'2012'$/);
  });

  it('minutes and megabytes mean the same as numbers and as text', () => {
    expect(sweep('slurm: { time: 60, memory: 32000 }').slurm).toMatchObject({
      time: '60',
      memory: '32000',
    });
  });

  it('text in YAML 1.2 is read unchanged', () => {
    const { slurm, question } = sweep(
      'slurm: { time: 1:30:00, partition: on, account: 12-34, memory: 1_000, gres: 2026-01-01 }',
    );
    expect(slurm).toMatchObject({ time: '1:30:00', partition: 'on', account: '12-34' });
    expect(slurm).toMatchObject({ memory: '1_000', gres: '2026-01-01' });
    expect(question).toBe('why');
    const quoted = sweep("slurm: { time: '60', partition: '1080', account: '007' }").slurm;
    expect(quoted).toMatchObject({ time: '60', partition: '1080', account: '007' });
  });

  it('a number with a fraction of zero is an integer', () => {
    expect(sweep('seeds: [1.0, 1e1]').seeds).toEqual([1, 10]);
  });

  it('on and off are not booleans', () => {
    const text = 'runs: []\nslurm: {}\ngrid: { networks: [{ name: alexnet, batchNorm: off }] }';
    expect(() => sweep(text)).toThrow(/is "off", expected true or false/);
  });
});

describe('text that can be read in two ways is refused with its line', () => {
  it.each([
    ['a:\n  account: 007', "x.yaml:2:12: the zeros of 007 are lost: write 7 for a number, '007' for text"],
    [
      'batch: 0100',
      "x.yaml:1:8: 0100 is 100, or 64 as YAML 1.1 reads it (octal): write 100 for a number, '0100' for text",
    ],
    ['batch: -010', '-010 is -10, or -8 as YAML 1.1'],
    ['node: 0189', 'the zeros of 0189 are lost'],
    ['recipes:\n  1e3: a.yaml', "x.yaml:2:3: the key 1e3 would be read as 1000: write '1e3'"],
    ['recipes: { 007: a.yaml }', 'the key 007 would be read as 7'],
    ['{ True: 1 }', "the key True would be read as true: write 'True'"],
  ])('%j', (text, message) => {
    expect(() => parseYaml(text, 'x.yaml')).toThrow(message);
  });

  it('other numbers that begin with a zero are accepted', () => {
    const text = 'a: [0, 0.5, -0.25, 0e3, 0x10, 0o17, "007", 00:10]\n1: x\ntrue: y\n';
    expect(parseYaml(text, 'x.yaml').value).toEqual({
      a: [0, 0.5, -0.25, 0, 16, 15, '007', '00:10'],
      1: 'x',
      true: 'y',
    });
  });

  it('merge keys work', () => {
    const text = 'base: &base { x: 1 }\nown: { <<: *base, y: 2 }\n';
    expect(parseYaml(text, 'x.yaml').value).toMatchObject({ own: { x: 1, y: 2 } });
  });
});

describe('keys that every JavaScript object has are refused at every depth', () => {
  it.each(['__proto__', 'constructor', 'prototype'])('%s', (key) => {
    const message = `unknown key "${key}"`;
    expect(() => parseYaml(`a: 1\nrecipe:\n  ${key}: { batch: 3 }\n`, 'x.yaml')).toThrow(
      `x.yaml:3:3: ${key}: ${message}`,
    );
    expect(() => parseYaml(`a: [{ "${key}": 1 }]`, 'x.yaml')).toThrow(message);
    expect(() => parseOverride(`data={ ${key}: 1 }`)).toThrow(message);
    expect(() => setByKey({}, `recipe.${key}.batch`, 1)).toThrow(message);
  });
});

it('an error about --set, or about set in a sweep, shows how to write text', () => {
  const text =
    'network: { name: alexnet }\ndata: { source: cifar10, input: 32 }\nrecipe: { batch: 8, epochs: 1, learningRate: 0.1 }\n';
  const set = (value: string) => () => loadRun('run.yaml', [`execution.currency=${value}`], text);
  expect(set('1e3')).toThrow(/--set execution\.currency=1e3: .*is 1000, expected text; .* write '1e3'$/);
  expect(set('{ a: 1 }')).toThrow(/execution\.currency is \{"a":1\}, expected text$/);
  const runs = 'runs: [{ network: alexnet, set: { execution.currency: 1e3 } }]\n';
  expect(() => planOf(temporaryFolder(), `${sweepHeader}${runs}`)).toThrow(/is 1000, expected text; .* write '1e3'$/);
});

it('--set refuses text that can be read in two ways', () => {
  expect(() => parseOverride('recipe.batch=0100')).toThrow(/"recipe\.batch=0100": 0100 is 100, or 64/);
});
