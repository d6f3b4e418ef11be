/** The smallest and the largest of the values; [Infinity, -Infinity] if there are none. `Math.max(...values)` fails for many values. */
export function extremes(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
