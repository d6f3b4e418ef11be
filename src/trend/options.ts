import { isCalendarDay, YEARS } from '../base/numbers/calendar.ts';
import { ExitCode, UserError } from '../base/errors.ts';
import type { TrendOptions } from './trend.ts';
import type { Counts } from './types.ts';

/**
 * Parses `--level`: `all`, fractions of 1 (`0.6`), percentages (`60%`), or names of published levels. Without a value, these
 * are the measurements' own levels.
 * @param ofPoints whether there are levels of points, whose names may begin with a number that is not an accuracy.
 * @throws UserError exit code 64 for a number that is not an accuracy.
 */
export function parseLevels(texts: readonly string[], ofPoints = false): TrendOptions['levels'] {
  const levels = texts.flatMap((text) => text.split(',')).map((text) => text.trim());
  if (levels.length === 0) return 'own';
  if (levels.length > 1 && levels.includes('all'))
    throw new UserError('--level all has every level already: remove the other levels', ExitCode.usage);
  return levels[0] === 'all' ? 'all' : [...new Set(levels.map((level) => parseLevel(level, ofPoints)))];
}

/**
 * @param measurements how many files of measurements there are.
 * @throws UserError exit code 64 if there is no level whose metric `--metric` can choose.
 */
export function checkMetric(metric: string | undefined, levels: TrendOptions['levels'], measurements: number): void {
  if (metric === undefined) return;
  if (measurements === 0)
    throw new UserError(
      `--metric ${metric} has no effect: it chooses the accuracy of measurements; name some, or remove --metric`,
      ExitCode.usage,
    );
  if (levels === 'all' || (levels !== 'own' && levels.some((level) => typeof level === 'number'))) return;
  throw new UserError(
    `--metric ${metric} has no effect: it chooses the accuracy of --level 0.6 or --level all; add one, or remove --metric`,
    ExitCode.usage,
  );
}

/**
 * @param areCounted whether there are measurements or published numbers, whose compute can be counted in two ways.
 * @throws UserError exit code 64 if there is nothing whose counts `--counts` can choose.
 */
export function checkCounts(counts: Counts | undefined, areCounted: boolean): void {
  if (counts === undefined || areCounted) return;
  throw new UserError(
    `--counts ${counts} has no effect: the compute of --points is taken as it is in the file; remove --counts`,
    ExitCode.usage,
  );
}

/** A decimal number with a sign, and a percent sign: not `0x1`, which other programs do not read as 1. */
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%?)$/i;

/** The number in a text as a fraction of 1; NaN for other text. `79.1%` is exactly `0.791`, although 79.1 / 100 is not. */
function parseFraction(text: string): number {
  const [, digits, percent] = NUMBER.exec(text) ?? [];
  if (digits === undefined) return Number.NaN;
  return percent === '' ? Number(digits) : Number((Number(digits) / 100).toPrecision(15));
}

function parseLevel(text: string, ofPoints: boolean): number | string {
  const value = text === '%' ? 0 : parseFraction(text);
  if (text === '')
    throw new UserError('--level is empty: expected a fraction (0.6) or a percentage (60%)', ExitCode.usage);
  if (Number.isNaN(value)) return text;
  if (value > 0 && value <= 1) return value;
  if (ofPoints) return text;
  throw new UserError(
    `--level ${text} is not an accuracy: expected a fraction (0.6) or a percentage (60%)`,
    ExitCode.usage,
  );
}

/** Parses `--period 2012..2018`. @throws UserError exit code 64 for other text, and for years that no network can have. */
export function parsePeriod(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{4})\.\.(\d{4})$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && to > from && from >= YEARS.first && to <= YEARS.last) return [from, to];
  throw new UserError(
    `--period is ${text}, expected two years from ${YEARS.first} to ${YEARS.last} in ascending order, such as 2012..2018`,
    ExitCode.usage,
  );
}

/**
 * Parses `--until 2026` or `--until 2026-11-26` to a day. A year becomes its last day.
 * @throws UserError exit code 64 for other text.
 */
export function parseUntil(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const day = /^\d{4}$/.test(text) ? `${text}-12-31` : text;
  if (isCalendarDay(day)) return day;
  throw new UserError(`--until is ${text}, expected a year or a day, such as 2026 or 2026-11-26`, ExitCode.usage);
}
