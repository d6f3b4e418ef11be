/** The whole number nearest to x. Of two equally near numbers it is the even one, as in Python, NumPy and PyTorch. */
export function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
