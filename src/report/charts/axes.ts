import type { Axes } from '../marks.ts';

/** Ticks a decade: one alone where there are many decades, more where there are few. */
const mantissas = (decades: number): readonly number[] =>
  decades > 3.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5];

/** Round numbers from the least to the largest value for a logarithmic axis; at most about ten. */
export function logTicks(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [];
  const low = Math.min(...positive) / 1.5;
  const high = Math.max(...positive) * 1.5;
  const decades = Math.log10(high / low);
  const stride = Math.max(1, Math.ceil(decades / 10));
  const first = Math.floor(Math.log10(low));
  const powers = Array.from(
    { length: Math.ceil((decades + 2) / stride) },
    (_, index) => first + index * stride,
  );
  return powers
    .flatMap((power) => mantissas(decades).map((mantissa) => Number(`${mantissa}e${power}`)))
    .filter((tick) => tick >= low && tick <= high);
}

/** A logarithmic axis that just holds its values, with ticks at round ones: 0.1, 1, 1e-7. */
export const logAxis = (field: string, title: string, values: readonly number[]) => ({
  field,
  type: 'quantitative' as const,
  title,
  scale: { type: 'log' as const, nice: false, padding: 14 },
  axis: { format: '~g', values: logTicks(values) },
});

/** Years, from dates as YYYY-MM-DD in the field `published`. */
export const dateAxis: Axes['x'] = {
  field: 'published',
  type: 'temporal',
  title: 'published',
  scale: { type: 'utc', padding: 16 },
  axis: { format: '%Y', tickCount: { interval: 'year', step: 1 } },
};
