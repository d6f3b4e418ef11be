import { describe, expect, it } from 'vitest';
import { hashOfJson } from '../../src/base/json.ts';
import { sealMeasurement, type Measurement, type MeasurementBody } from '../../src/results/measurement.ts';
import { levelGrid } from '../../src/trend/levels.ts';
import { composeTrend, trendOfMeasurements } from '../../src/trend/trend.ts';
import { alexNetLevel, makeMeasurement } from '../support/measurements.ts';

const own = { levels: 'own' } as const;

function resealed(measurement: Measurement, changes: Partial<MeasurementBody>): Measurement {
  const body: MeasurementBody & { sha256?: string } = { ...measurement, ...changes };
  delete body.sha256;
  return sealMeasurement(body);
}

/** A run of a network in a file of the user. */
function ofFile(seed: number, network: Record<string, unknown>): Measurement {
  const id = `my-net-${hashOfJson([network, seed]).slice(0, 12)}`;
  const run = makeMeasurement({ id, network: 'my-net', published: '2014-09-04', epochsToLevel: 30, seed });
  return resealed(run, { config: { ...run.config, network: { name: 'my-net', ...network } } });
}

const alexnet = makeMeasurement();
const pointsOf = (runs: readonly Measurement[]) => trendOfMeasurements([alexnet, ...runs], own)[0]!.points;

describe('a network in a file', () => {
  const [sha256, other] = ['ab'.repeat(32), 'cd'.repeat(32)];

  it('is one network wherever its file is', () => {
    const runs = [ofFile(0, { file: '/home/a/my-net.ts', sha256 }), ofFile(1, { file: '/scratch/my-net.ts', sha256 })];
    expect(pointsOf(runs).map(({ network, seeds }) => [network, seeds])).toEqual([
      ['alexnet', 1],
      ['my-net', 2],
    ]);
  });

  it('is another network with each version of the file and of the files that it imports', () => {
    const runs = [sha256, other].flatMap((hash, seed) => [
      ofFile(seed, { file: '/a/my-net.ts', sha256: hash }),
      ofFile(seed, { file: '/a/my-net.ts', sha256: hash, imports: { './block.ts': sha256 } }),
      ofFile(seed, { file: '/a/my-net.ts', sha256: hash, imports: { './block.ts': other } }),
    ]);
    const names = pointsOf(runs).map(({ network }) => network);
    expect(new Set(names).size).toBe(7);
    expect(names).toContain('my-net (sha256 abababab)');
    expect(names.join()).not.toContain('object');
  });
});

it('a network with two dates of publication has the earlier one in every recipe, and a note', () => {
  const run = { network: 'vgg11', published: '2014-09-04', epochsToLevel: 30 } as const;
  const runs = [
    makeMeasurement({ ...run, published: '2014-10-04', learningRate: 0.02, epochsToLevel: 20 }),
    makeMeasurement(run),
  ];
  const [level] = trendOfMeasurements([alexnet, ...runs], own);
  expect(level!.points.map(({ published }) => published)).toEqual(['2012-06-01', '2014-09-04']);
  expect(level!.notes).toContain(
    'the measurements of vgg11 have several dates of publication: 2014-09-04, 2014-10-04; the earliest counts',
  );
});

describe('a grid of levels', () => {
  it('contains a round accuracy that the curves reach exactly', () => {
    const exact = (network: string, published: string): Measurement => {
      const run = makeMeasurement({ network, published, level: null, epochs: 3 });
      const curve = run.curve.map((point, i) => ({ ...point, top1: [0.1, 0.35, 0.6][i]! }));
      return resealed(run, { curve });
    };
    const runs = [exact('alexnet', '2012-06-01'), exact('vgg11', '2014-09-04')];
    expect(levelGrid(runs, 'top1', 6).map(({ value }) => value)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  });
});

describe('one doubling time over all levels', () => {
  const level = { ...alexNetLevel, anchor: 'resnet18-s0-1a2b3c4d' };
  const oldest = makeMeasurement({ level });
  const low = { network: 'resnet18', published: '2015-12-10', epochsToLevel: 60, epochs: 20, level } as const;
  const others = ['vgg11', 'densenet121'].map((network, i) =>
    makeMeasurement({ network, published: `201${4 + 2 * i}-08-25`, epochsToLevel: 20, level }),
  );

  it('uses the levels that the run reaches whose accuracy is the level of its sweep, which the oldest network does not set', () => {
    const run = makeMeasurement(low);
    const anchor = resealed(run, { config: { ...run.config, level: null } });
    const best = Math.max(...anchor.curve.map(({ top5 }) => top5));
    for (const all of [
      [oldest, ...others, anchor],
      [anchor, ...others, oldest],
    ]) {
      const [pooled] = composeTrend(all, { levels: 'all' }).pooled!;
      expect(pooled?.anchor).toBe('resnet18');
      expect(Math.max(...pooled!.levels)).toBeLessThanOrEqual(Math.round(best * 1000) / 1000);
    }
  });

  it('finds the network of the anchor by the name of its run if its own measurement is not there', () => {
    const [pooled] = composeTrend([oldest, ...others, makeMeasurement({ ...low, seed: 1 })], { levels: 'all' }).pooled!;
    expect(pooled?.anchor).toBe('resnet18');
  });
});
