import { describe, expect, it } from 'vitest';
import { effectiveCompute } from '../../../src/trend/effective.ts';
import { recomputeClaims, monthsOfPeriod } from '../../../src/trend/published/claims.ts';
import { readExactCounts, readPublished } from '../../../src/trend/published/data.ts';
import { trackerErrors } from '../../../src/trend/published/errors.ts';
import { countComparisons, publishedLevels, tableLevel } from '../../../src/trend/published/levels.ts';

const published = readPublished();
const exact = readExactCounts();
const levels = publishedLevels(published, exact, 'both');
const find = (text: string, counts = 'paper') =>
  levels.find(({ name, counts: c }) => name.startsWith(text) && c === counts)!;

describe('Table 3', () => {
  const level = tableLevel(published);

  it('equals epochs x count x 3 x 1.28 million in every row', () => {
    expect(level.points).toHaveLength(16);
    for (const row of published.alexnet_level) {
      const point = level.points.find(({ network }) => network === row.model)!;
      const petaflop = 3 * row.epochs * row.gigaflop_per_image * 1.28e6 * 1e-6;
      expect(point.teraflopSecondDays).toBeCloseTo(petaflop / 86.4, 10);
      // The table rounds counts to 0.01 gigaFLOP and totals to 0.1 petaFLOP.
      const rounding = 3 * row.epochs * 0.005 * 1.28 + 0.05;
      expect(Math.abs(petaflop - row.petaflop_total)).toBeLessThanOrEqual(rounding);
    }
  });

  it('gives 44x, 15.3 months end to end, and the six networks of Table 1 as the frontier', () => {
    expect(Math.round(level.factor!)).toBe(published.headline.factor);
    expect(level.doublingMonths.endToEnd).toBeCloseTo(15.3, 1);
    expect(level.points.filter(({ onFrontier }) => onFrontier).map(({ network }) => network)).toEqual(
      published.table1.map(({ model }) => model),
    );
    expect(Math.round(level.doublingMonths.leastSquares!)).toBe(published.headline.doubling_months);
    expect(Math.round(level.moore!.factor)).toBe(published.headline.moores_law_factor);
  });

  it('has an estimate within both of its intervals', () => {
    const { leastSquares, leastSquares95, bootstrap95 } = level.doublingMonths;
    for (const bounds of [leastSquares95, bootstrap95]) {
      expect(bounds![0]).toBeLessThan(leastSquares!);
      expect(bounds![1]).toBeGreaterThan(leastSquares!);
    }
  });
});

describe('the other published levels', () => {
  it('are 15.3 months end to end and 15.7 by least squares on the points of the tracker', () => {
    const { endToEnd, leastSquares } = find('AlexNet (79.1 top-5), tracker').doublingMonths;
    expect(endToEnd).toBeCloseTo(15.3, 1);
    expect(leastSquares).toBeCloseTo(15.7, 1);
  });

  it('have the factors of Appendix A: 61x, 9x, 8x, 5x', () => {
    expect(Math.round(find('Seq2Seq').factor!)).toBe(61);
    expect(Math.round(find('GNMT').factor!)).toBe(9);
    expect(Math.round(find('Go').factor!)).toBe(8);
    expect(find('Dota').factor).toBe(5);
    expect(find('Go').doublingMonths.endToEnd).toBeCloseTo(12 / Math.log2((4.4 * 700) / 390), 10);
  });

  it('correct the ResNet-50 level: 71 epochs with the factor 3 are 2.21 teraflop/s-days', () => {
    const level = find('ResNet-50 (92.9 top-5), published');
    expect(level.points[1]?.teraflopSecondDays).toBeCloseTo(2.21, 2);
    expect(level.points[0]?.published).toBe('2015-12-10');
    expect(find('ResNet-50 (92.9 top-5), tracker').factor).toBeCloseTo(22.7, 1);
  });
});

describe('exact counts', () => {
  it('exist for every network of Table 3, with a source', () => {
    const names = exact.counts.map(({ network }) => network);
    for (const { model } of published.alexnet_level) expect(names).toContain(model);
    expect(countComparisons(published, exact)).toHaveLength(16);
  });

  it('show that THOP counted a third too much for GoogLeNet and too little for ResNet', () => {
    const ratio = (name: string) => countComparisons(published, exact).find(({ network }) => network === name)!.ratio;
    expect(ratio('GoogLeNet')).toBeGreaterThan(1.3);
    expect(ratio('ResNet-18')).toBeLessThan(0.95);
  });

  it('give a trend of their own over the same epochs', () => {
    const level = find('AlexNet', 'exact');
    const macs = (name: string) => exact.counts.find(({ network }) => network === name)!.forwardMacs;
    expect(level.factor).toBeCloseTo((90 * macs('AlexNet')) / (4 * macs('EfficientNet-b0')), 8);
    expect(level.doublingMonths.leastSquares).toBeGreaterThan(find('AlexNet').doublingMonths.leastSquares!);
  });
});

describe('claims', () => {
  const claims = recomputeClaims(published, tableLevel(published));

  it('agree, except for two that the paper rounds differently', () => {
    expect(claims.filter(({ agrees }) => !agrees).map(({ what }) => what)).toEqual([
      'doubling time, end to end',
      'Table 2, AlexNet to EfficientNet (ImageNet): 44x in 6 years',
    ]);
    expect(claims.filter(({ what }) => what.startsWith('Table 3'))).toHaveLength(16);
    expect(claims.filter(({ what }) => what.startsWith('Table 1'))).toHaveLength(18);
  });

  it('do not agree with a wrong total', () => {
    const wrong = structuredClone(published);
    wrong.alexnet_level[0]!.petaflop_total *= 1.01;
    const before = claims.filter(({ agrees }) => agrees).length;
    const after = recomputeClaims(wrong, tableLevel(wrong)).filter(({ agrees }) => agrees).length;
    expect(after).toBe(before - 1);
  });

  it('read periods', () => {
    expect(monthsOfPeriod('3.5 years')).toBe(42);
    expect(monthsOfPeriod('2 months')).toBe(2);
    expect(() => monthsOfPeriod('a while')).toThrow(/a while/);
  });
});

it('lists the errors of the tracker, with the correct factor and date', () => {
  const errors = trackerErrors(published);
  expect(errors).toContain('tracker, EfficientNet-b1: factor 10 but 17 / 0.75 is 22.7');
  expect(errors.join('\n')).toMatch(/ResNet-50: published 2015-01-10 should be 2015-12-10/);
  for (const { model, tracker } of published.additions.dates)
    expect(published.tracker.rows.find((row) => row.model === model)?.date).toBe(tracker);
});

describe('effectiveCompute', () => {
  const { points } = tableLevel(published);

  it('is 7.5 million from 2012 to 2018, with its split', () => {
    const effective = effectiveCompute(points, 2012, 2018);
    const { algorithmic_factor_2012_2018: algorithms } = published.headline;
    expect(Math.round(effective.algorithms.factor)).toBe(algorithms);
    expect(effective.hardware.factor * effective.spending.factor).toBeCloseTo(300_000, 6);
    expect(effective.hardware.factor).toBe(8);
    expect(effective.factor / 1e6).toBeCloseTo(7.4, 1);
    // 7.5 million is 300,000 times the rounded 25.
    expect(300_000 * algorithms).toBe(published.headline.effective_compute_factor_2012_2018);
    const shares = effective.hardware.share + effective.spending.share + effective.algorithms.share;
    expect(shares).toBeCloseTo(1, 12);
  });

  it('accepts other periods, and reports where it extrapolates', () => {
    expect(effectiveCompute(points, 2014, 2017)).toMatchObject({
      algorithms: { factor: expect.closeTo(20.625 / 4.33125, 8) as number },
      notes: [],
    });
    expect(effectiveCompute(points, 2012, 2020).notes.join()).toMatch(/continued/);
    expect(() => effectiveCompute(points, 2018, 2012)).toThrow(
      /the period is 2018 to 2012, expected a later year at its end/,
    );
  });
});
