/** The smallest and the largest of any number of values, [Infinity, -Infinity] where there are none. Spreads cannot take so many. */
export function extremes(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
