import { isInYears, YEARS } from '../base/numbers/calendar.ts';
import { isRecord, jsonPath } from './read.ts';
import type { Measurement } from './measurement.ts';

/** A value in a measurement that is too extreme to be fitted or drawn. */
export interface ExtremeValue {
  readonly path: readonly PropertyKey[];
  /** The value and what is expected; the text follows "is". */
  readonly message: string;
}

/** The longest name, as long as a file name may be. The time to draw a text grows with the square of its length. */
export const MAX_NAME_LENGTH = 256;
/** The range of numbers, far beyond any real training run. The scales of charts fail with other numbers. */
export const NUMBERS = { min: 1e-30, max: 1e30 } as const;
/** A limit above the range of float32. */
const MAX_LOSS = 1e40;
/** Fields that only have an upper limit: a loss or a learning rate may be close to 0. */
const FIELDS_CLOSE_TO_ZERO = new Set(['learningRate', 'trainingLoss', 'loss']);

const describeLongName = (name: string): string =>
  `a name of ${name.length} characters, expected at most ${MAX_NAME_LENGTH}`;

function longNames({ id, network, data, level, totals }: Measurement): ExtremeValue[] {
  const names: [readonly PropertyKey[], string | undefined][] = [
    [['id'], id],
    [['network'], network],
    [['data', 'source'], data.source],
    [['data', 'name'], data.name],
    [['level', 'anchor'], level?.anchor],
    [['totals', 'cost', 'currency'], totals.cost?.currency],
  ];
  return names.flatMap(([path, name]) =>
    name !== undefined && name.length > MAX_NAME_LENGTH ? [{ path, message: describeLongName(name) }] : [],
  );
}

/** Why a number is too extreme; undefined if it is not. */
function describeExtremeNumber(key: PropertyKey | undefined, value: number): string | undefined {
  const size = Math.abs(value);
  if (FIELDS_CLOSE_TO_ZERO.has(String(key)))
    return size > MAX_LOSS ? `${value}, expected at most ${MAX_LOSS}` : undefined;
  const isOutside = size !== 0 && (size < NUMBERS.min || size > NUMBERS.max);
  return isOutside ? `${value}, expected 0 or a number from ${NUMBERS.min} to ${NUMBERS.max}` : undefined;
}

/** The first number in a JSON value that is too large or too small. */
function findExtremeNumber(value: unknown, path: readonly PropertyKey[]): ExtremeValue | undefined {
  if (typeof value === 'number') {
    const message = describeExtremeNumber(path.at(-1), value);
    return message === undefined ? undefined : { path, message };
  }
  if (!Array.isArray(value) && !isRecord(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findExtremeNumber(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}

function extremeDates({ published }: Measurement): ExtremeValue[] {
  return isInYears(published)
    ? []
    : [{ path: ['published'], message: `${published}, expected a date from ${YEARS.first} to ${YEARS.last}` }];
}

/** The values that keep a measurement out of trends, reports and exports, although its shape is valid. */
export function findExtremeValues(measurement: Measurement): ExtremeValue[] {
  const { counts, curve, crossing, totals } = measurement;
  const number = findExtremeNumber({ counts, crossing, totals, curve }, []);
  return [...longNames(measurement), ...extremeDates(measurement), ...(number ? [number] : [])];
}

/** A line that names the value: `curve[1].flops is 1e+308, expected ...`. */
export const extremeValueText = ({ path, message }: ExtremeValue): string => `${jsonPath(path)} is ${message}`;
