import { describe, expect, it } from 'vitest';
import { sealMeasurement, type Measurement, type MeasurementBody } from '../../src/results/measurement.ts';
import { levelGrid } from '../../src/trend/levels.ts';
import { composeTrend, trendOfMeasurements } from '../../src/trend/trend.ts';
import { alexNetLevel, makeMeasurement, type MeasurementOptions } from '../support/measurements.ts';

const own = { levels: 'own' } as const;

/** A sealed measurement with changes in its config, its environment and its other keys. */
function changed(measurement: Measurement, changes: { config?: object; startedAt?: string; other?: object }) {
  const { config, environment, ...rest } = measurement;
  const body = {
    ...rest,
    config: { ...config, ...changes.config },
    environment: { ...environment, ...(changes.startedAt && { startedAt: changes.startedAt }) },
    ...changes.other,
  };
  const unsealed: MeasurementBody & { sha256?: string } = body;
  delete unsealed.sha256;
  return sealMeasurement(unsealed);
}

/** A run that its budget ended after some epochs of its schedule, before the level. */
function outOfBudget(options: MeasurementOptions, epochs: number): Measurement {
  const run = makeMeasurement({ ...options, id: `${options.network ?? 'alexnet'}-budget-${epochs}` });
  const curve = run.curve.slice(0, epochs);
  const last = curve.at(-1)!;
  return changed(run, {
    config: { budget: { examples: last.examples } },
    startedAt: '2026-01-09T08:00:00.000Z',
    other: { status: 'outOfBudget', curve, crossing: null, totals: { ...run.totals, examples: last.examples } },
  });
}

const pointOf = (measurements: readonly Measurement[], network: string) =>
  trendOfMeasurements(measurements, own)[0]!.points.find((point) => point.network === network);

describe('a seed that was trained more than once', () => {
  const newer = { network: 'vgg11', published: '2014-09-04', epochsToLevel: 30 } as const;
  const runs = [makeMeasurement(), makeMeasurement({ seed: 1 }), makeMeasurement(newer)];

  it('is one seed: a run that its budget ended has not missed the level if another one went on', () => {
    const whole = pointOf(runs, 'vgg11');
    for (const all of [
      [...runs, outOfBudget(newer, 10)],
      [outOfBudget(newer, 10), outOfBudget(newer, 20), ...runs],
    ])
      expect(pointOf(all, 'vgg11')).toEqual(whole);
    expect(whole).toMatchObject({ seeds: 1, seedsAtLevel: 1 });
  });

  it('still misses the level if no run of this seed went further', () => {
    const [level] = trendOfMeasurements([runs[0]!, outOfBudget(newer, 10)], own);
    expect(level?.notReached).toEqual(['vgg11']);
  });

  it('is named in a note', () => {
    const notes = (repeats: readonly Measurement[]) => trendOfMeasurements([...runs, ...repeats], own)[0]!.notes;
    expect(notes([outOfBudget(newer, 10)])).toContain(
      '1 run of vgg11 repeats a seed of the same recipe: one run per seed counts',
    );
    expect(notes([]).join()).not.toMatch(/repeats? a seed/);
  });

  it('counts as the run that started last, not the one with the better result, in any order of the files', () => {
    const better = changed(makeMeasurement({ ...newer, epochsToLevel: 20, id: 'better' }), {
      config: { evaluateEvery: { epochs: 2 } },
      startedAt: '2026-01-09T08:00:00.000Z',
    });
    const whole = pointOf(runs, 'vgg11');
    expect(pointOf([...runs, better], 'vgg11')).toEqual(whole);
    expect(pointOf([better, ...runs], 'vgg11')).toEqual(whole);
  });

  it('gives the levels of a grid once more that its longer run passes', () => {
    const short = changed(makeMeasurement({ ...newer, id: 'short' }), {
      other: { level: { ...alexNetLevel, value: 0.5 }, status: 'reachedLevel' },
    });
    const cut = { ...short, curve: short.curve.slice(0, 12), totals: { ...short.totals, examples: 600_000 } };
    expect(levelGrid([...runs, cut])).toEqual(levelGrid(runs));
    const [level] = trendOfMeasurements([...runs, cut], { levels: [0.791] });
    expect(level!.notes.join()).not.toContain('ended at another level');
    expect(composeTrend([...runs, cut], { levels: 'all' }).pooled).toEqual(
      composeTrend(runs, { levels: 'all' }).pooled,
    );
  });
});

describe('recipes that need the same', () => {
  const missed = (learningRate: number, seeds: readonly number[]): Measurement[] =>
    seeds.map((seed) =>
      makeMeasurement({
        network: 'vgg11',
        published: '2014-09-04',
        ceiling: 0.5,
        learningRate,
        seed,
        epochsToLevel: 30,
        level: { ...alexNetLevel, value: 0.4 },
      }),
    );

  it('give the same trend in any order of the files', () => {
    const anchor = makeMeasurement({ level: { ...alexNetLevel, value: 0.79 } });
    const later = makeMeasurement({
      network: 'resnet18',
      published: '2015-12-10',
      epochsToLevel: 25,
      level: { ...alexNetLevel, value: 0.79 },
    });
    const reached = makeMeasurement({
      network: 'vgg11',
      published: '2014-09-04',
      learningRate: 0.02,
      seed: 2,
      epochsToLevel: 30,
      level: { ...alexNetLevel, value: 0.79 },
    });
    const [first, second] = [missed(0.01, [0, 1, 2]), [...missed(0.02, [0, 1]), reached]];
    const fit = (runs: readonly Measurement[]) =>
      trendOfMeasurements([anchor, later, ...runs], { levels: [0.79] })[0]!.doublingMonths;
    expect(fit([...first, ...second])).toEqual(fit([...second, ...first]));
  });
});
