import { expect, it, onTestFinished } from 'vitest';
import { measuredSpeed } from '../../../src/cli/sweep/estimator.ts';
import { sealMeasurement } from '../../../src/results/measurement.ts';
import { makeMeasurement, writeSweep } from '../../support/measurements.ts';
import { temporaryFolder } from '../../support/training.ts';

it('the speed of a network is the median of its runs, also of an even number of runs', () => {
  const folder = temporaryFolder();
  onTestFinished(() => {
    folder.remove();
  });
  const run = (network: string, seed: number, flopPerSecond: number) => {
    const { sha256, ...body } = makeMeasurement({ network, seed });
    const sealed = sealMeasurement({ ...body, totals: { ...body.totals, flopPerSecond } });
    expect(sealed.sha256).not.toBe(sha256);
    return sealed;
  };
  writeSweep(folder.at('results'), [run('resnet18', 0, 1e9), run('resnet18', 1, 4e9), run('alexnet', 0, 9e9)]);
  const speed = measuredSpeed([folder.at('results')]);
  expect(speed('resnet18')).toBe(2.5e9);
  expect(speed('vgg11')).toBe(4e9);
});
