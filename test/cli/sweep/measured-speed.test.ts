import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { measuredSpeed } from '../../../src/cli/sweep/estimator.ts';
import { sealMeasurement } from '../../../src/results/measurement.ts';
import { makeMeasurement, writeSweep } from '../../support/measurements.ts';
import { temporaryFolder } from '../../support/training.ts';

const filesFolder = () => {
  const folder = temporaryFolder();
  onTestFinished(() => {
    folder.remove();
  });
  return folder;
};

it('the speed of a network is the median of its runs, also of an even number of runs', () => {
  const folder = filesFolder();
  const run = (network: string, seed: number, flopPerSecond: number) => {
    const { sha256, ...body } = makeMeasurement({ network, seed });
    const sealed = sealMeasurement({ ...body, totals: { ...body.totals, flopPerSecond } });
    expect(sealed.sha256).not.toBe(sha256);
    return sealed;
  };
  writeSweep(folder.at('results'), [run('resnet18', 0, 1e9), run('resnet18', 1, 4e9), run('alexnet', 0, 9e9)]);
  const { flopPerSecond: speed, unreadable } = measuredSpeed([folder.at('results')]);
  expect(unreadable).toEqual([]);
  expect(speed('resnet18')).toBe(2.5e9);
  expect(speed('vgg11')).toBe(4e9);
});

it('damaged measurements are named, and refused if there is no other', () => {
  const folder = filesFolder();
  const [good, damaged] = writeSweep(folder.at('results'), [
    makeMeasurement(),
    makeMeasurement({ network: 'vgg11', published: '2014-09-04' }),
  ]) as [string, string];
  writeFileSync(damaged, readFileSync(damaged, 'utf8').replace('"epochs": 1,', '"epochs": 2,'));
  expect(measuredSpeed([good, damaged]).unreadable).toMatchObject([{ file: damaged }]);
  expect(() => measuredSpeed([damaged])).toThrow(
    expect.objectContaining({
      exitCode: 65,
      message: expect.stringContaining(`--measured needs measurements, and none can be read: ${damaged}: `) as string,
    }),
  );
});
