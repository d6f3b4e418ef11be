import type { Tune, TuneRange, TuneValues } from '../../config/tune.ts';

/** The values of one trial, by dotted key. */
export type Settings = Readonly<Record<string, number>>;

/** The default number of trials per network if a key has a range, which has infinitely many values. */
export const DEFAULT_TRIALS = 12;

const MAX_KEYS = 12;
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37] as const;

const isRange = (values: TuneValues): values is TuneRange => !Array.isArray(values);

/** The radical inverse of `index` in a base, in [0, 1): successive indices are evenly spread (Halton 1960). */
function radicalInverse(index: number, base: number): number {
  let [rest, digit, sum] = [index, 1 / base, 0];
  while (rest > 0) {
    sum += (rest % base) * digit;
    rest = Math.floor(rest / base);
    digit /= base;
  }
  return sum;
}

/** The number of different values that the digits of a range must allow. */
const MIN_DIFFERENT = 30;

/** The digits of the values of a range: three, so that users can type them, and more if its ends differ only in later digits. */
function digitsOf({ min, max }: TuneRange): number {
  const before = Math.floor(Math.log10(Math.max(Math.abs(min), Math.abs(max)))) + 1;
  return Math.min(17, Math.max(3, Math.ceil(before - Math.log10((max - min) / MIN_DIFFERENT))));
}

/** The value at a fraction in [0, 1) of a list or a range. */
function valueAtFraction(values: TuneValues, fraction: number): number {
  if (!isRange(values)) return values[Math.floor(fraction * values.length)]!;
  const { min, max, scale } = values;
  const value = scale === 'log' ? min * (max / min) ** fraction : min + (max - min) * fraction;
  return Math.min(max, Math.max(min, Number(value.toPrecision(digitsOf(values)))));
}

/** Every combination of the lists; the last key changes fastest. */
function combinations(keys: readonly (readonly [string, readonly number[]])[]): Settings[] {
  return keys.reduce<Settings[]>(
    (all, [key, values]) => all.flatMap((settings) => values.map((value) => ({ ...settings, [key]: value }))),
    [{}],
  );
}

/** The number of different settings; infinite with a range. */
export const countSettings = (tune: Tune): number =>
  Object.values(tune).reduce((product, values) => product * (isRange(values) ? Infinity : values.length), 1);

/**
 * The settings of a network's trials: every combination of the lists, or `count` settings that Halton's sequence spreads evenly. The
 * same arguments always give the same settings, and a smaller count gives the first settings of a larger one.
 * @param count number of settings; default: all combinations, or twelve with a range.
 * @throws RangeError for more than twelve keys, and for ranges with fewer different values.
 */
export function drawSettings(tune: Tune, count?: number): Settings[] {
  const keys = Object.entries(tune);
  if (keys.length > MAX_KEYS) throw new RangeError(`${keys.length} keys to tune, expected at most ${MAX_KEYS}`);
  const all = countSettings(tune);
  const target = Math.min(count ?? (Number.isFinite(all) ? all : DEFAULT_TRIALS), all);
  if (target === all) return combinations(keys as [string, readonly number[]][]);
  const drawn = new Map<string, Settings>();
  // Short lists give the same combination several times, so more draws than settings may be needed.
  for (let index = 1; drawn.size < target && index < 1000 * (target + 10); index++) {
    const entries = keys.map(
      ([key, values], i) => [key, valueAtFraction(values, radicalInverse(index, PRIMES[i]!))] as const,
    );
    const settings = Object.fromEntries(entries);
    drawn.set(JSON.stringify(settings), settings);
  }
  if (drawn.size < target)
    throw new RangeError(
      `the values to tune give ${drawn.size} different trials, expected ${target}: widen the ranges, or add --trials ${drawn.size}`,
    );
  return [...drawn.values()];
}
