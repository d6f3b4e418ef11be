import { jsonDifferences } from '../base/json.ts';
import { isRecord, jsonPath } from './read.ts';

/** One field in which two measurements differ. */
export interface Difference {
  /** `curve[3].top5` */
  readonly path: string;
  /** Undefined where the field is missing. */
  readonly a: unknown;
  readonly b: unknown;
  /** Whether the field is about time, machine, speed or price: equal runs may differ in it. */
  readonly timeOrPlace: boolean;
}

/** Fields that depend on the machine, the clock and crashes; the sha256 covers them too. */
const TIME_OR_PLACE = [
  /^sha256$/,
  /^environment(\.|$)/,
  /^config\.(execution(\.|\[|$)|data\.path$|network\.file$)/,
  /^(curve\[\d+\]|crossing)\.trainingSeconds$/,
  /^totals\.(seconds|wasted|cost)(\.|$)/,
  /^totals\.(examplesPerSecond|flopPerSecond|utilization|energyJoules|peakMemoryBytes)$/,
];

const isTimeOrPlace = (path: string): boolean => TIME_OR_PLACE.some((pattern) => pattern.test(path));

const numbersIn = (text: unknown): string =>
  typeof text === 'string' ? (text.match(/\d+(?:\.\d+)?/g) ?? []).join(' ') : '';

/** `data.part` is a sentence whose wording differs between versions: only its numbers are compared. */
const isOtherWording = (path: string, a: unknown, b: unknown): boolean =>
  path === 'data.part' && numbersIn(a) !== '' && numbersIn(a) === numbersIn(b);

/** A measurement with the precision that one without it has: all steps in float32. */
function withPrecision(measurement: unknown): unknown {
  if (!isRecord(measurement)) return measurement;
  const { config, counts } = measurement;
  const recipe = isRecord(config) ? config['recipe'] : undefined;
  const stepMacs = isRecord(counts) ? counts['stepMacs'] : undefined;
  return {
    ...measurement,
    ...(isRecord(recipe) && { config: { ...(config as object), recipe: { precision: 'float32', ...recipe } } }),
    ...(stepMacs !== undefined && { counts: { macsByPrecision: { float32: stepMacs }, ...(counts as object) } }),
  };
}

/** Every field in which two measurements differ; numbers must be equal to the last bit. */
export const findDifferences = (a: unknown, b: unknown): Difference[] =>
  jsonDifferences(withPrecision(a), withPrecision(b))
    .map((difference) => ({ path: jsonPath(difference.path), a: difference.a, b: difference.b }))
    .filter(({ path, a: before, b: after }) => !isOtherWording(path, before, after))
    .map((difference) => ({ ...difference, timeOrPlace: isTimeOrPlace(difference.path) }));
