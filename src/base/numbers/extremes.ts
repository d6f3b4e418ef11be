/** The smallest and the largest value; [Infinity, -Infinity] without values. Unlike `Math.max(...values)`, works for any number of values. */
export function extremes(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
