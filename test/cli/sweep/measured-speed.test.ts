import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { measuredSpeed } from '../../../src/cli/sweep/measured-speed.ts';
import { sealMeasurement, type Measurement } from '../../../src/results/measurement.ts';
import type { PlannedRun } from '../../../src/results/sweep-plan.ts';
import type { RunCounts } from '../../../src/sweep/planning/estimate.ts';
import { makeMeasurement, writeSweep, type MeasurementOptions } from '../../support/measurements.ts';
import { temporaryFolder } from '../../support/training.ts';

const filesFolder = () => {
  const folder = temporaryFolder();
  onTestFinished(() => {
    folder.remove();
  });
  return folder;
};

const recipe = { precision: 'float32', batch: 250 };
const planned = (network: string, changes: object = {}) =>
  ({ network, config: { recipe: { ...recipe, ...changes } } }) as unknown as PlannedRun;
const counts = { stepMacs: makeMeasurement().counts.stepMacs } as RunCounts;
const otherSize = { stepMacs: counts.stepMacs / 4 } as RunCounts;

/** A measurement with this speed, whose recipe has these keys too. */
function measured(flopPerSecond: number, options: MeasurementOptions, changes: object = {}): Measurement {
  const { sha256, ...body } = makeMeasurement(options);
  const config = { ...body.config, recipe: { ...(body.config['recipe'] as object), ...changes } };
  const sealed = sealMeasurement({ ...body, config, totals: { ...body.totals, flopPerSecond } });
  expect(sealed.sha256).not.toBe(sha256);
  return sealed;
}

const speedOf = (measurements: readonly Measurement[]) => {
  const folder = filesFolder();
  writeSweep(folder.at('results'), measurements);
  const { speed, unreadable } = measuredSpeed([folder.at('results')]);
  expect(unreadable).toEqual([]);
  return speed;
};

it('the speed of a run is the median of runs with the same step, else of its network, else of all', () => {
  const speed = speedOf([
    measured(1e9, { network: 'alexnet', seed: 0 }),
    measured(4e9, { network: 'alexnet', seed: 1 }),
    measured(9e9, { network: 'alexnet', batch: 500, trainExamples: 50_000 }),
  ]);
  expect(speed(planned('alexnet'), counts)).toEqual({ flopPerSecond: 2.5e9, of: 'sameStep' });
  expect(speed(planned('alexnet'), otherSize)).toEqual({ flopPerSecond: 4e9, of: 'sameNetwork' });
  expect(speed(planned('alexnet', { batch: 32 }), counts)).toEqual({ flopPerSecond: 4e9, of: 'sameNetwork' });
  expect(speed(planned('vgg11'), counts)).toEqual({ flopPerSecond: 4e9, of: 'otherNetworks' });
});

it.each([{ precision: 'bfloat16' }, { compile: 'xla' }, { deterministic: true }])(
  'runs with %o have no speed of runs without, nor the other way round',
  (changes) => {
    const plain = speedOf([measured(1e9, { network: 'alexnet' })]);
    expect(plain(planned('alexnet', changes), counts)).toBeUndefined();
    const changed = speedOf([measured(3e9, { network: 'alexnet' }, changes)]);
    expect(changed(planned('alexnet'), counts)).toBeUndefined();
    expect(changed(planned('alexnet', changes), counts)).toEqual({ flopPerSecond: 3e9, of: 'sameStep' });
  },
);

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
