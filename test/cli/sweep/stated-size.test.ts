import { expect, it } from 'vitest';
import { checkStatedSize, dataSize, type StatedSize } from '../../../src/cli/sweep/estimator.ts';
import { runSchema } from '../../../src/config/run.ts';
import { doubletime } from '../../support/cli.ts';

const run = (data: object) => ({
  config: runSchema.parse({
    network: { name: 'resnet18' },
    data,
    recipe: { batch: 32, epochs: 1, learningRate: 0.1, schedule: { name: 'constant' } },
    level: null,
    seed: 0,
  }),
});
const known = run({ source: 'cifar10', input: 32 });
const missing = run({ source: 'folder', path: '/nowhere/images', input: 32 });
const stated: StatedSize = { classes: 1000, trainExamples: 320, validationExamples: 64 };
const check = (size: StatedSize, ...runs: (typeof known)[]) => {
  checkStatedSize(size, runs);
};

it('refuses a stated size that differs from the only dataset, which is on this machine', () => {
  expect(() => {
    check({ classes: 1000 }, known);
  }).toThrow(/^--classes is 1000, but the dataset cifar10 on this machine has 10: leave --classes out$/);
  expect(() => {
    check({ trainExamples: 7 }, known);
  }).toThrow(/^--train-examples is 7, but .* has 50000/);
});

it('takes a size that is right, and one for a dataset that is missing', () => {
  check({ classes: 10, trainExamples: 50_000 }, known);
  check(stated, known, missing);
  expect(dataSize(missing.config.data, stated)).toEqual(stated);
});

it('takes the size of a folder that exists, not a stated one', () => {
  const here = run({ source: 'folder', path: 'test/fixtures', input: 32 });
  expect(() => dataSize(here.config.data, stated)).toThrow(/test\/fixtures/);
});

it.each(['--classes', '--train-examples', '--validation-examples'])('refuses a fraction for %s', (option) => {
  const { status, stderr } = doubletime(['plan', 'quickstart', option, '2.5']);
  expect([status, stderr]).toEqual([64, `doubletime: ${option} is 2.5, expected a whole number above 0\n`]);
});
