/** The median; the mean of the two middle values if their number is even. Undefined without values. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[half];
  return sorted.length === 0 ? undefined : (sorted[half - 1]! + sorted[half]!) / 2;
}
