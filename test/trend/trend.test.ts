import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/results/measurement.ts';
import { levelGrid, ownLevels, defaultMetric } from '../../src/trend/levels.ts';
import { composeTrend, trendOfMeasurements } from '../../src/trend/trend.ts';
import { alexNetLevel, makeMeasurement, makeSweep } from '../support/measurements.ts';

const sweep = makeSweep([0, 1, 2], { gpu: true });
const own = { levels: 'own' } as const;

describe('trendOfMeasurements', () => {
  it('gives one point per network, at the median crossing of its seeds', () => {
    const [level, ...others] = trendOfMeasurements(sweep, own);
    expect(others).toEqual([]);
    expect(level).toMatchObject({ level: 0.791, metric: 'top5', counts: 'paper', source: 'measured' });
    expect(level?.points).toHaveLength(8);
    for (const point of level!.points) {
      const needs = sweep
        .filter(({ network }) => network === point.network)
        .map(({ crossing }) => crossing!.paperTeraflopSecondDays)
        .sort((a, b) => a - b);
      expect(point.teraflopSecondDays).toBe(needs[1]);
      expect(point.range).toEqual([needs[0], needs[2]]);
      expect(point.measurements).toHaveLength(3);
    }
  });

  it('counts exact FLOPs when asked to', () => {
    const [level] = trendOfMeasurements(sweep, { ...own, counts: 'exact' });
    const runs = sweep.filter(({ network }) => network === 'alexnet');
    const needs = runs.map(({ crossing }) => crossing!.flops / 8.64e16).sort((a, b) => a - b);
    expect(level?.points[0]?.teraflopSecondDays).toBe(needs[1]);
  });

  it('does not depend on the order of the files, and counts a repeated file once', () => {
    expect(trendOfMeasurements([...sweep.toReversed(), ...sweep], own)).toEqual(
      trendOfMeasurements(sweep.toReversed(), own),
    );
    const strip = (levels: ReturnType<typeof trendOfMeasurements>) =>
      levels.map(({ doublingMonths, factor }) => ({ doublingMonths, factor }));
    expect(strip(trendOfMeasurements(sweep.toReversed(), own))).toEqual(strip(trendOfMeasurements(sweep, own)));
  });

  it('counts a run once that was trained again with the same result, and refuses another result', () => {
    const [run] = sweep;
    const again = (changes: object): Measurement => ({
      ...run!,
      ...changes,
      environment: { ...run!.environment, startedAt: '2030-01-01T00:00:00.000Z' },
    });
    const [points] = trendOfMeasurements([...sweep, again({})], own).map((level) => level.points);
    expect(points!.find(({ network }) => network === run!.network)?.seeds).toBe(3);
    const curve = run!.curve.map((point) => ({ ...point, top5: point.top5 / 2 }));
    expect(() => trendOfMeasurements([...sweep, again({ curve })], own)).toThrow(
      /^the run \S+ was measured twice with different results: the runs of \S+ and 2030-01-01T00:00:00.000Z differ in curve\[0\]\.top5; keep one/,
    );
  });

  it('finds any level on the learning curves, by the rule of the measurements', () => {
    const [level] = trendOfMeasurements(sweep, { levels: [0.6] });
    const alexnet = sweep.filter(({ network }) => network === 'alexnet');
    const crossings = alexnet
      .map(({ curve }) => curve.find(({ top5 }) => Math.round(top5 * 1000) >= 600)!.epochs)
      .sort((a, b) => a - b);
    expect(level?.level).toBe(0.6);
    expect(level?.points.find(({ network }) => network === 'alexnet')?.epochs).toBe(crossings[1]);
  });

  it('names networks that stay below the level', () => {
    const [level] = trendOfMeasurements(sweep, { levels: [0.9] });
    expect(level?.notReached).toContain('squeezenet1_1');
    expect(level?.points.map(({ network }) => network)).not.toContain('squeezenet1_1');
  });

  it('fits seconds, energy, cost, examples and inference the same way', () => {
    const [level] = trendOfMeasurements(sweep, own);
    const { energyJoules, forwardMacs, trainingSeconds, cost, examples } = level!.measures;
    // The generated energy is 400 J per second of training, so both have the same factor.
    expect(energyJoules?.factor).toBeCloseTo(trainingSeconds!.factor!, 8);
    expect(cost).toMatchObject({ unit: 'USD' });
    expect(examples?.unit).toBe('images');
    const least = Math.min(...sweep.map(({ counts }) => counts.forwardMacsPerExample));
    expect(forwardMacs?.factor).toBeCloseTo(714_188_480 / least, 8);
  });

  it('leaves out measures that no run has', () => {
    const [level] = trendOfMeasurements(makeSweep([0]), own);
    expect(Object.keys(level!.measures)).toEqual(['examples', 'trainingSeconds', 'forwardMacs']);
  });

  it('splits the gain into fewer epochs and less work per epoch', () => {
    const [level] = trendOfMeasurements(sweep, own);
    for (const row of level!.split)
      expect(row.epochsFactor * row.flopPerEpochFactor).toBeCloseTo(row.efficiencyFactor, 8);
    expect(level!.split[0]).toMatchObject({ epochsFactor: 1, flopPerEpochFactor: 1 });
  });

  it('uses the best of several recipes, and reports it', () => {
    const slow = makeMeasurement({ seed: 5, epochsToLevel: 80, schedule: 'step', id: 'slow' });
    const fast = makeMeasurement({ seed: 5, epochsToLevel: 30, id: 'fast' });
    const [level] = trendOfMeasurements([slow, fast], own);
    expect(level?.points.map(({ measurements }) => measurements)).toEqual([['fast']]);
    expect(level?.notes.join()).toMatch(/of 2 recipes of alexnet, only the one with the least compute is used/);
  });

  it('counts an anchor once, although its sweep stores it again with its level', () => {
    const anchor = makeMeasurement();
    const before: Measurement = {
      ...anchor,
      level: { ...alexNetLevel, value: undefined as never },
      crossing: null,
      sha256: 'before',
    };
    for (const runs of [
      [before, anchor],
      [anchor, before],
    ]) {
      const [level] = trendOfMeasurements(runs, own);
      expect(level?.points.map(({ seeds }) => seeds)).toEqual([1]);
    }
  });

  it('keeps runs on different images apart', () => {
    const other = { ...makeMeasurement(), data: { ...makeMeasurement().data, sha256: 'other' } };
    expect(trendOfMeasurements([makeMeasurement(), other], own)).toHaveLength(2);
  });

  it('has notes about different machines and about a first evaluation at the level', () => {
    const elsewhere = makeMeasurement({ gpu: true, network: 'vgg11', published: '2014-09-04' });
    const [level] = trendOfMeasurements([makeMeasurement(), elsewhere], own);
    expect(level?.notes.join()).toMatch(/different machines: AMD EPYC 7B13, 8 threads; NVIDIA H200/);
    const [low] = trendOfMeasurements([makeMeasurement()], { levels: [0.01] });
    expect(low?.notes.join()).toMatch(/the first evaluation of alexnet already reaches the level/);
  });
});

describe('levels', () => {
  it('are the distinct levels measured for', () => {
    const other = { ...alexNetLevel, value: 0.5 };
    const runs = [makeMeasurement(), makeMeasurement({ seed: 1 }), makeMeasurement({ level: other })];
    expect(ownLevels(runs).map(({ value }) => value)).toEqual([0.5, 0.791]);
  });

  it('of the grid are round, rising, and reached by networks of at least two dates', () => {
    const grid = levelGrid(sweep);
    expect(grid.length).toBeGreaterThan(4);
    expect(grid.length).toBeLessThanOrEqual(12);
    for (const { value } of grid) expect(Math.abs(value * 1000 - Math.round(value * 1000))).toBeLessThan(1e-9);
    const levels = trendOfMeasurements(sweep, { levels: 'all' });
    expect(levels.map(({ level }) => level)).toEqual(grid.map(({ value }) => value));
    for (const { points } of levels) expect(new Set(points.map(({ published }) => published)).size).toBeGreaterThan(1);
    expect(levelGrid([makeMeasurement()])).toEqual([]);
  });

  it('use top-1 if there are few classes, unless the runs have another metric', () => {
    expect(defaultMetric([makeMeasurement()])).toBe('top5');
    expect(defaultMetric([makeMeasurement({ level: null })])).toBe('top1');
    expect(defaultMetric([makeMeasurement({ level: null, classes: 100 })])).toBe('top5');
  });
});

describe('composeTrend', () => {
  it('reports what is missing if there is no level', () => {
    const runs = [makeMeasurement({ level: null })];
    expect(() => composeTrend(runs, own)).toThrow(/without a level.*--level 0\.6/);
    expect(() => composeTrend(runs, { levels: 'all' })).toThrow(/two different dates/);
    expect(() => composeTrend(runs, { levels: ['resnet'] })).toThrow(/is not an accuracy/);
    expect(() => composeTrend([], own)).toThrow(/no measurement can be read/);
    expect(() => composeTrend([], { levels: ['nothing'], published: true })).toThrow(/no published level/);
  });

  it('selects published levels by accuracy or by name', () => {
    const names = (level: number | string) =>
      composeTrend([], { levels: [level], published: true, counts: 'paper' }).levels.map(({ name }) => name);
    expect(names(0.929)).toHaveLength(2);
    expect(names('seq2seq')).toEqual(['Seq2Seq (34.8 BLEU EN-FR), published']);
  });
});
