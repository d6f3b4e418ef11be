import type { Tune, TuneRange, TuneValues } from '../../config/tune.ts';

/** One value per tuned key: what one trial is trained with. */
export type Settings = Readonly<Record<string, number>>;

/** Trials of each network where a range has no natural number of values. */
export const TRIALS_OF_RANGES = 12;

const MAX_KEYS = 12;
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37] as const;

const isRange = (values: TuneValues): values is TuneRange => !Array.isArray(values);

/** The radical inverse of `index` in a base: evenly spread numbers in [0, 1). _Source: Halton 1960._ */
function radicalInverse(index: number, base: number): number {
  let [rest, digit, sum] = [index, 1 / base, 0];
  while (rest > 0) {
    sum += (rest % base) * digit;
    rest = Math.floor(rest / base);
    digit /= base;
  }
  return sum;
}

/** The value at a part in [0, 1) of a list or a range. Ranges give three digits, so that settings can be read and typed. */
function valueAtPart(values: TuneValues, part: number): number {
  if (!isRange(values)) return values[Math.floor(part * values.length)]!;
  const { min, max, scale } = values;
  const value = scale === 'log' ? min * (max / min) ** part : min + (max - min) * part;
  return Math.min(max, Math.max(min, Number(value.toPrecision(3))));
}

/** Every combination of lists, the last key changing fastest. */
function combinations(keys: readonly (readonly [string, readonly number[]])[]): Settings[] {
  return keys.reduce<Settings[]>(
    (all, [key, values]) => all.flatMap((settings) => values.map((value) => ({ ...settings, [key]: value }))),
    [{}],
  );
}

/** How many different settings there are; infinite with a range. */
export const countSettings = (tune: Tune): number =>
  Object.values(tune).reduce((product, values) => product * (isRange(values) ? Infinity : values.length), 1);

/**
 * The settings that a network's trials have: every combination of lists, or `count` of them spread evenly by Halton's
 * sequence. The same arguments always give the same settings, and fewer are a part of more.
 * @param count how many; by default all combinations, or twelve with a range.
 * @throws RangeError for more than twelve keys.
 */
export function drawSettings(tune: Tune, count?: number): Settings[] {
  const keys = Object.entries(tune);
  if (keys.length > MAX_KEYS) throw new RangeError(`${keys.length} keys to tune, expected at most ${MAX_KEYS}`);
  const all = countSettings(tune);
  const wanted = Math.min(count ?? (Number.isFinite(all) ? all : TRIALS_OF_RANGES), all);
  if (wanted === all) return combinations(keys as [string, readonly number[]][]);
  const found = new Map<string, Settings>();
  // Lists of a few values give the same combination again and again; each is found within a few rounds of all.
  for (let index = 1; found.size < wanted && index < 1000 * (wanted + 10); index++) {
    const parts = keys.map(
      ([key, values], i) => [key, valueAtPart(values, radicalInverse(index, PRIMES[i]!))] as const,
    );
    const settings = Object.fromEntries(parts);
    found.set(JSON.stringify(settings), settings);
  }
  return [...found.values()];
}
