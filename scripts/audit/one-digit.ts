import { hashOfJson } from '../../src/base/json.ts';

type Json = unknown;
type Path = readonly (string | number)[];

/** A measurement with one changed digit and a new, valid seal. */
export interface Forgery {
  /** The place, with `#` instead of list indices: `curve.#.loss`. */
  readonly place: string;
  readonly text: string;
}

/** The paths of all leaf values in a JSON value. */
function* leaves(value: Json, path: Path = []): Generator<Path> {
  if (value === null || typeof value !== 'object') {
    yield path;
    return;
  }
  for (const [key, inner] of Object.entries(value))
    yield* leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]);
}

const valueAt = (value: Json, path: Path): Json =>
  path.reduce((inner, key) => (inner as Record<string | number, Json>)[key], value);

function withValue(body: object, path: Path, value: Json): object {
  const copy = structuredClone(body);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, Json>;
  parent[path.at(-1)!] = value;
  return copy;
}

/** The value with one digit increased; undefined if the number stays the same, as for the last of 17 digits. */
function increaseDigit(value: number | string, index: number): number | string | undefined {
  const text = String(value);
  const next = String((Number(text[index]) + 1) % 10);
  const forged = text.slice(0, index) + next + text.slice(index + 1);
  if (typeof value === 'string') return forged;
  return Number(forged) === value ? undefined : Number(forged);
}

/**
 * Yields changes of one digit, each in a separate copy with a valid seal.
 * @param choose returns the index of the digit to change, given the number of digits; default: every digit.
 */
export function* oneDigitForgeries(measurement: object, choose?: (digits: number) => number): Generator<Forgery> {
  const body = Object.fromEntries(Object.entries(measurement).filter(([key]) => key !== 'sha256'));
  for (const path of leaves(body)) {
    const value = valueAt(body, path);
    if (typeof value !== 'number' && typeof value !== 'string') continue;
    const digits = [...String(value).matchAll(/\d/g)].map(({ index }) => index);
    const chosen = choose && digits.length > 0 ? [digits[choose(digits.length)]!] : digits;
    for (const index of chosen) {
      const forged = increaseDigit(value, index);
      if (forged === undefined) continue;
      const copy = withValue(body, path, forged);
      const place = path.map((key) => (typeof key === 'number' ? '#' : key)).join('.');
      yield { place, text: JSON.stringify({ ...copy, sha256: hashOfJson(copy) }) };
    }
  }
}
