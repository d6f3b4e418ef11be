/** How values lie, in three significant digits: median, quartiles, the hundredth largest, mean. */
interface Spread {
  readonly count: number;
  readonly median: number;
  readonly quartiles: readonly [number, number];
  readonly percentile99: number;
  readonly mean: number;
}

const short = (value: number): number => Number(value.toPrecision(4));

/** The value below which such a part of all lies (the nearest rank). */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

export const spreadOf = (values: readonly number[]): Spread => ({
  count: values.length,
  median: short(quantile(values, 0.5)),
  quartiles: [short(quantile(values, 0.25)), short(quantile(values, 0.75))],
  percentile99: short(quantile(values, 0.99)),
  mean: short(values.reduce((a, b) => a + b, 0) / values.length),
});
