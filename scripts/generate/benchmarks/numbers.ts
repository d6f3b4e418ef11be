/** A number with two digits that is at least `value`: an upper bound for a text. */
export function atMost(value: number): string {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(value)) - 1;
  // The rounding of the division must not add a unit to a number that has two digits already.
  const digits = Math.ceil(Number((value / 10 ** exponent).toPrecision(12)));
  return short(digits * 10 ** exponent);
}

/** Two digits, such as 8.4e-8; 0 as 0. */
export const short = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

/** `a`, `a and b` or `a, b and c`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
