import { isRecord, jsonPath } from './read.ts';

/** One field in which two measurements differ. */
export interface Difference {
  /** `curve[3].top5` */
  readonly path: string;
  /** Undefined where the field is missing. */
  readonly a: unknown;
  readonly b: unknown;
  /** Whether the field says when, where, how fast or at what price: two runs with one result may differ in it. */
  readonly timeOrPlace: boolean;
}

/** What a run's machine, its clock and its crashes decide; the seal follows from them. */
const TIME_OR_PLACE = [
  /^sha256$/,
  /^environment(\.|$)/,
  /^config\.(execution(\.|\[|$)|data\.path$|network\.file$)/,
  /^(curve\[\d+\]|crossing)\.trainingSeconds$/,
  /^totals\.(seconds|wasted|cost)(\.|$)/,
  /^totals\.(examplesPerSecond|flopPerSecond|utilization|energyJoules|peakMemoryBytes)$/,
];

const isTimeOrPlace = (path: string): boolean =>
  TIME_OR_PLACE.some((pattern) => pattern.test(path));

function childrenOf(a: unknown, b: unknown): PropertyKey[] | undefined {
  if (Array.isArray(a) && Array.isArray(b))
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => index);
  if (isRecord(a) && isRecord(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return undefined;
}

const child = (value: unknown, key: PropertyKey): unknown =>
  (value as Readonly<Record<PropertyKey, unknown>>)[key];

/** Every field in which two JSON values differ; numbers must be equal to the last bit. */
export function differencesOf(
  a: unknown,
  b: unknown,
  path: readonly PropertyKey[] = [],
): Difference[] {
  const keys = childrenOf(a, b);
  if (keys !== undefined)
    return keys.flatMap((key) => differencesOf(child(a, key), child(b, key), [...path, key]));
  if (Object.is(a, b)) return [];
  const text = jsonPath(path);
  return [{ path: text, a, b, timeOrPlace: isTimeOrPlace(text) }];
}
