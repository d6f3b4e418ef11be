import { isRecord, jsonPath } from './read.ts';
import type { Measurement } from './measurement.ts';

/** A value in a measurement that cannot be fitted or drawn, with its path. */
export interface Excess {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The length of a file name. The time to draw a text grows with the square of its length. */
const MAX_NAME = 256;
/** Far beyond any real training run; scales break with other numbers. */
const NUMBERS = { least: 1e-30, most: 1e30 } as const;
/** Above the range of float32. */
const HIGHEST_LOSS = 1e40;
/** From the first paper on artificial neurons; trends are drawn over years. */
const YEARS = { first: 1943, last: 2199 } as const;
/** Losses and rates only have an upper limit: a rate may end close to 0. */
const REALS = new Set(['learningRate', 'trainingLoss', 'loss']);

const inFull = (text: string): string => `a name of ${text.length} characters, expected at most ${MAX_NAME}`;

function nameExcesses({ id, network, data, level, totals }: Measurement): Excess[] {
  const names: [readonly PropertyKey[], string | undefined][] = [
    [['id'], id],
    [['network'], network],
    [['data', 'source'], data.source],
    [['data', 'name'], data.name],
    [['level', 'anchor'], level?.anchor],
    [['totals', 'cost', 'currency'], totals.cost?.currency],
  ];
  return names.flatMap(([path, name]) =>
    name !== undefined && name.length > MAX_NAME ? [{ path, message: inFull(name) }] : [],
  );
}

function numberExcess(key: PropertyKey | undefined, value: number): string | undefined {
  const size = Math.abs(value);
  if (REALS.has(String(key))) return size > HIGHEST_LOSS ? `${value}, expected at most ${HIGHEST_LOSS}` : undefined;
  const isOutside = size !== 0 && (size < NUMBERS.least || size > NUMBERS.most);
  return isOutside ? `${value}, expected 0 or a number from ${NUMBERS.least} to ${NUMBERS.most}` : undefined;
}

/** The first number in a JSON value that is too large or too small. */
function findNumber(value: unknown, path: readonly PropertyKey[]): Excess | undefined {
  if (typeof value === 'number') {
    const message = numberExcess(path.at(-1), value);
    return message === undefined ? undefined : { path, message };
  }
  if (!Array.isArray(value) && !isRecord(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findNumber(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}

function dateExcess({ published }: Measurement): Excess[] {
  const year = Number(published.slice(0, 4));
  return year >= YEARS.first && year <= YEARS.last
    ? []
    : [{ path: ['published'], message: `${published}, expected a date from ${YEARS.first} to ${YEARS.last}` }];
}

/** The values that keep a measurement out of trends, reports and exports, although it has the right shape. */
export function findExcesses(measurement: Measurement): Excess[] {
  const { counts, curve, crossing, totals } = measurement;
  const number = findNumber({ counts, crossing, totals, curve }, []);
  return [...nameExcesses(measurement), ...dateExcess(measurement), ...(number ? [number] : [])];
}

export const excessText = ({ path, message }: Excess): string => `${jsonPath(path)} is ${message}`;
