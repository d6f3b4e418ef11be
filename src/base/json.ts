import { sha256Of } from './files/hash.ts';

/** JSON with sorted keys and without white space: equal values give equal text. @throws RangeError for NaN and Infinity. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`a number in JSON must be finite, got ${value}`);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** The sha256, in hex, of a value's canonical JSON. */
export const hashOfJson = (value: unknown): string => sha256Of(canonicalJson(value));

/** Whether a JSON value is an object with keys, not a list and not null. */
export const isGroup = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The maximum number of groups and lists inside each other in a file. A file with more is damaged; the stack would not hold it. */
export const MAX_DEPTH = 200;

/** Whether groups and lists are inside each other more than `levels` deep. */
export const isDeeper = (value: unknown, levels = MAX_DEPTH): boolean =>
  value !== null &&
  typeof value === 'object' &&
  (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

/** The path of the first number that is too large for a double (1e999), which is read as an infinity; undefined if there is none. */
export function findInfinity(value: unknown, path: readonly PropertyKey[] = []): readonly PropertyKey[] | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path;
  if (value === null || typeof value !== 'object') return undefined;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [key, inner] of entries) {
    const found = findInfinity(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A place at which two JSON values differ. A missing value is undefined. */
export interface JsonDifference {
  readonly path: readonly PropertyKey[];
  readonly a: unknown;
  readonly b: unknown;
}

const pairElements = (a: readonly unknown[], b: readonly unknown[]) =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [i, a[i], b[i]] as const);

const pairEntries = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>) =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].sort().map((key) => [key, a[key], b[key]] as const);

/** All places at which two JSON values differ, in the order of the keys. Numbers are compared to the last bit. */
export function jsonDifferences(a: unknown, b: unknown, path: readonly PropertyKey[] = []): JsonDifference[] {
  const children =
    Array.isArray(a) && Array.isArray(b)
      ? pairElements(a, b)
      : isGroup(a) && isGroup(b)
        ? pairEntries(a, b)
        : undefined;
  if (children !== undefined) return children.flatMap(([key, x, y]) => jsonDifferences(x, y, [...path, key]));
  return Object.is(a, b) ? [] : [{ path, a, b }];
}
