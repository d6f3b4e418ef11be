import { describe, expect, it } from 'vitest';
import { findDifferences } from '../../src/results/compare.ts';
import { makeMeasurement } from '../support/measurements.ts';

const base = makeMeasurement({ epochs: 3, epochsToLevel: 2, gpu: true });

/** A copy with one change, made by hand on the plain JSON. */
function changed(change: (copy: typeof base) => void): typeof base {
  const copy = structuredClone(base);
  change(copy);
  return copy;
}

describe('findDifferences', () => {
  it('is empty for equal measurements, in any order of their keys', () => {
    const reversed = Object.fromEntries(Object.entries(base).reverse());
    expect(findDifferences(base, reversed)).toEqual([]);
  });

  it('treats a measurement without a precision as one in float32', () => {
    const withPrecision = (precision: string | undefined, macsByPrecision: object | undefined) =>
      changed((copy) => {
        const recipe = { ...(copy.config['recipe'] as object), precision };
        Object.assign(copy, { config: { ...copy.config, recipe }, counts: { ...copy.counts, macsByPrecision } });
      });
    const earlier = withPrecision(undefined, undefined);
    expect(findDifferences(earlier, withPrecision('float32', { float32: earlier.counts.stepMacs }))).toEqual([]);
    const half = withPrecision('bfloat16', { bfloat16: earlier.counts.stepMacs });
    for (const pair of [findDifferences(earlier, half), findDifferences(half, earlier)])
      expect(pair).toMatchObject([
        { path: 'config.recipe.precision', timeOrPlace: false },
        { path: 'counts.macsByPrecision', timeOrPlace: false },
      ]);
  });

  it('compares only the numbers of data.part, because its wording differs between versions', () => {
    const withPart = (part: string) => changed((copy) => (copy.data.part = part));
    const before = withPart(
      '100 of 500 train pictures: the same number of every class where it has so many, part seed 0',
    );
    const now = withPart('100 of 500 train images: the same number per class if it has that many, part seed 0');
    const other = withPart('100 of 500 train images: the same number per class if it has that many, part seed 1');
    expect(findDifferences(before, now).filter(({ path }) => path !== 'sha256')).toEqual([]);
    expect(findDifferences(now, other)).toMatchObject([{ path: 'data.part', timeOrPlace: false }]);
  });

  it.each<[string, (copy: typeof base) => void]>([
    ['sha256', (copy) => (copy.sha256 = '0'.repeat(64))],
    ['environment.host', (copy) => (copy.environment.host = 'elsewhere')],
    ['curve[1].trainingSeconds', (copy) => (copy.curve[1]!.trainingSeconds += 1)],
    ['crossing.trainingSeconds', (copy) => (copy.crossing!.trainingSeconds += 1)],
    ['totals.seconds.inputWait', (copy) => (copy.totals.seconds.inputWait += 1)],
    ['totals.wasted.steps', (copy) => (copy.totals.wasted.steps += 1)],
    ['totals.examplesPerSecond', (copy) => (copy.totals.examplesPerSecond += 1)],
    ['totals.flopPerSecond', (copy) => (copy.totals.flopPerSecond += 1)],
    ['totals.utilization', (copy) => (copy.totals.utilization = null)],
    ['totals.energyJoules', (copy) => (copy.totals.energyJoules = 0)],
    ['totals.cost', (copy) => (copy.totals.cost = null)],
    ['totals.peakMemoryBytes', (copy) => (copy.totals.peakMemoryBytes += 1)],
  ])('reports %s as a difference of time or machine', (path, change) => {
    const [difference, ...others] = findDifferences(base, changed(change));
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ path, timeOrPlace: true });
  });

  it.each<[string, (copy: typeof base) => void]>([
    ['id', (copy) => (copy.id = 'other')],
    ['seed', (copy) => (copy.seed += 1)],
    ['status', (copy) => (copy.status = 'outOfBudget')],
    ['config.recipe', (copy) => (copy.config['recipe'] = 'other')],
    ['data.sha256', (copy) => (copy.data.sha256 = 'other')],
    ['counts.stepMacs', (copy) => (copy.counts.stepMacs += 1)],
    ['curve[2].top5', (copy) => (copy.curve[2]!.top5 += Number.EPSILON)],
    ['curve[0].loss', (copy) => (copy.curve[0]!.loss *= 1 + 2 ** -52)],
    ['crossing.examples', (copy) => (copy.crossing!.examples += 1)],
    ['totals.evaluation.macs', (copy) => (copy.totals.evaluation.macs += 1)],
    ['totals.flops', (copy) => (copy.totals.flops += 1e6)],
  ])('reports %s as a difference of the result, to the last bit', (path, change) => {
    const [difference, ...others] = findDifferences(base, changed(change));
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ path, timeOrPlace: false });
  });

  it('names missing fields and evaluations', () => {
    const shorter = changed((copy) => copy.curve.pop());
    expect(findDifferences(base, shorter)).toEqual([
      { path: 'curve[2]', a: base.curve[2], b: undefined, timeOrPlace: false },
    ]);
    const without = changed((copy) => (copy.crossing = null));
    expect(findDifferences(base, without)[0]).toMatchObject({ path: 'crossing', b: null, timeOrPlace: false });
  });
});
