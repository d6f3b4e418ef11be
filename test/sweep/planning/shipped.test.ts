import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/cli/sweep-catalogue.ts';
import { readSweep } from '../../../src/sweep/planning/expand.ts';
import { doubletime } from '../../support/cli.ts';
import { sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const folder = resolve(import.meta.dirname, '../../../configs/sweeps');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('the shipped sweeps', () => {
  it('are those of the paper and of the studies', () => {
    expect(files.sort()).toEqual([
      ...['ablations-cifar10.yaml', 'ablations.yaml', 'alexnet-level.yaml', 'cifar10.yaml', 'quickstart.yaml'],
      ...['resnet50-level.yaml', 'tiny-imagenet-100.yaml', 'tiny-imagenet.yaml'],
    ]);
  });

  it.each(files)('%s is valid: every network, option and recipe', (name) => {
    expect(readSweep(join(folder, name), catalogue).runs.length).toBeGreaterThanOrEqual(5);
  });

  it.each(files.filter((name) => name !== 'ablations-cifar10.yaml'))('in %s the anchor is first', (name) => {
    const { runs } = readSweep(join(folder, name), catalogue);
    const [anchor] = runs;
    expect(anchor?.anchor).toBe(anchor?.id);
    expect(runs.every((run) => run.anchor === anchor?.id)).toBe(true);
  });

  it('the ablations on CIFAR-10 share a level', () => {
    const { runs } = readSweep(join(folder, 'ablations-cifar10.yaml'), catalogue);
    for (const { config } of runs) expect(config.level).toMatchObject({ metric: 'top1', value: 0.7 });
  });

  it.each(files)('%s has its question, paper, command and expected result at its top', (name) => {
    const header = readFileSync(join(folder, name), 'utf8').split('\nquestion:')[0]!;
    for (const word of ['Question', 'Paper', 'Command', 'Expected'])
      expect(header).toMatch(new RegExp(`^# ${word} `, 'm'));
    expect(header).toContain(`configs/sweeps/${name}`);
  });
});

it('a network with images that are too small is refused with its line, before any run', () => {
  const folder = temporaryFolder();
  const yaml = `${sweepHeader}grid: { networks: [resnet18, vgg11] }\nset: { data.input: 16 }\n`;
  const file = join(folder, 'small.yaml');
  writeFileSync(file, yaml);
  const dir = join(folder, 'work');
  for (const command of [
    ['plan', file],
    ['sweep', file, '--dir', dir],
  ]) {
    const { status, stdout, stderr } = doubletime(command);
    expect([status, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(
      /^doubletime: \S+small\.yaml:5:30: grid\.networks\.1: layer features\.20 would have no output: .*larger input.*\n$/,
    );
  }
  expect(existsSync(dir)).toBe(false);
});
