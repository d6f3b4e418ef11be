import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packageFile } from '../../../src/base/files/home.ts';
import { readMeasurement } from '../../../src/results/read.ts';
import { trackerTable } from '../../../src/trend/export/tracker.ts';
import { composeTrend } from '../../../src/trend/trend.ts';

const quickstart = packageFile('results/quickstart');
const measurements = readdirSync(quickstart).map((name) => readMeasurement(`${quickstart}/${name}`));

it('keeps measurements on a dataset whose name is like that of the tracker', () => {
  const rowsOn = (name: string): number => {
    const renamed = measurements.map((measurement) => ({ ...measurement, data: { ...measurement.data, name } }));
    const { levels } = composeTrend(renamed, { levels: 'own', published: false, counts: 'paper' });
    return trackerTable(
      levels,
      () => false,
      () => undefined,
    ).rows.length;
  };
  expect(rowsOn('cats')).toBeGreaterThan(0);
  expect(rowsOn('cats, tracker')).toBe(rowsOn('cats'));
});
