/** The distribution of values, rounded to four significant digits. */
interface Spread {
  readonly count: number;
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly percentile99: number;
  readonly mean: number;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** The quantile of values by nearest rank; 0.5 is the median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** Describes the distribution of values. */
export const describeSpread = (values: readonly number[]): Spread => ({
  count: values.length,
  median: round(quantile(values, 0.5)),
  quartiles: [round(quantile(values, 0.25)), round(quantile(values, 0.75))],
  percentile99: round(quantile(values, 0.99)),
  mean: round(values.reduce((a, b) => a + b, 0) / values.length),
});
