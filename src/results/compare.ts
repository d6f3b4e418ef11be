import { jsonDifferences } from '../base/json.ts';
import { isRecord, jsonPath } from './read.ts';

/** One field in which two measurements differ. */
export interface Difference {
  /** `curve[3].top5` */
  readonly path: string;
  /** The value in each measurement; undefined if the field is missing. */
  readonly a: unknown;
  readonly b: unknown;
  /** Whether the field is about time, machine, speed or price: equal runs may differ in it. */
  readonly timeOrPlace: boolean;
}

/** Fields that depend on the machine, the clock or crashes, and the sha256, which covers them. */
const TIME_OR_PLACE = [
  /^sha256$/,
  /^environment(\.|$)/,
  /^config\.(execution(\.|\[|$)|data\.path$|network\.file$)/,
  /^(curve\[\d+\]|crossing)\.trainingSeconds$/,
  /^totals\.(seconds|wasted|cost|gpu)(\.|$)/,
  /^totals\.(examplesPerSecond|flopPerSecond|utilization|peakFlopPerSecond|energyJoules|peakMemoryBytes)$/,
];

const isTimeOrPlace = (path: string): boolean => TIME_OR_PLACE.some((pattern) => pattern.test(path));

/** All numbers in a text, in their order. */
const numbersIn = (text: unknown): string =>
  typeof text === 'string' ? (text.match(/\d+(?:\.\d+)?/g) ?? []).join(' ') : '';

/** Of `data.part` only the numbers are compared, because versions of doubletime word the sentence differently. */
const isOtherWording = (path: string, a: unknown, b: unknown): boolean =>
  path === 'data.part' && numbersIn(a) !== '' && numbersIn(a) === numbersIn(b);

const isFloat32Alone = (value: unknown): boolean =>
  value === 'float32' || (isRecord(value) && Object.keys(value).join() === 'float32');

/** A measurement without a precision is one of float32: early versions had no other. */
const isSamePrecision = (path: string, a: unknown, b: unknown): boolean =>
  /^config\.recipe\.precision$|^counts\.(stages\[\d+\]\.)?macsByPrecision$/.test(path) &&
  (a === undefined || b === undefined) &&
  isFloat32Alone(a ?? b);

/** Every field in which two measurements differ; numbers must be equal to the last bit. */
export const findDifferences = (a: unknown, b: unknown): Difference[] =>
  jsonDifferences(a, b)
    .map((difference) => ({ path: jsonPath(difference.path), a: difference.a, b: difference.b }))
    .filter(
      ({ path, a: before, b: after }) => !isOtherWording(path, before, after) && !isSamePrecision(path, before, after),
    )
    .map((difference) => ({ ...difference, timeOrPlace: isTimeOrPlace(difference.path) }));
