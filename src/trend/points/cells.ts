import { isCalendarDay, isInYears, YEARS } from '../../base/numbers/calendar.ts';
import { MAX_NAME_LENGTH } from '../../results/limits.ts';

/** The value of a cell, or the problem with its text. The problem follows `is "TEXT", `. */
export type CellResult<T> = { readonly value: T } | { readonly problem: string };

const ok = <T>(value: T): CellResult<T> => ({ value });
const problem = (problem: string): { readonly problem: string } => ({ problem });

const NUMBER = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Groups of three digits. The first digit is not 0: `0.125` is below 1. */
const THOUSANDS_BY_POINT = /^[1-9]\d{0,2}\.\d{3}$/;
const THOUSANDS_BY_COMMA = /^[1-9]\d{0,2}(,\d{3})+$/;

/** Digits with separators of any kind: 1,234,567 or 1.234,5 or 1 234. */
const SEPARATED = /^\d[\d.,'\u2019\s]*$/;

/** What a seed needs that missed the level. */
const INFINITE = /^\+?inf(inity)?$/i;

/**
 * Reads a positive amount of compute, in the unit of the row.
 * @param options `withSeeds`: whether the file has seeds; then `inf` is the amount of a seed that missed the level. `mayGroup`: whether
 * a point may separate thousands.
 */
export function readAmount(
  text: string,
  { withSeeds, mayGroup }: { readonly withSeeds: boolean; readonly mayGroup: boolean },
): CellResult<number> {
  if (INFINITE.test(text))
    return withSeeds
      ? ok(Number.POSITIVE_INFINITY)
      : problem('expected a number; inf is only for a seed that missed the level');
  if (/^\d+,\d+$/.test(text)) {
    const decimal = text.replace(',', '.');
    return problem(
      THOUSANDS_BY_COMMA.test(text)
        ? `which is ${decimal} with a decimal comma or ${text.replace(',', '')} with a thousands separator: write one of the two`
        : `expected a decimal point: ${decimal}`,
    );
  }
  if (mayGroup && THOUSANDS_BY_POINT.test(text))
    return problem(
      `which is ${text.replace('.', '')} with a point between thousands or ${Number(text)} with a decimal point: write ${text.replace('.', '')} or ${text}0`,
    );
  if (!NUMBER.test(text) && SEPARATED.test(text))
    return problem('expected a number with at most a decimal point and no other separator, such as 1234.5');
  if (!NUMBER.test(text)) return problem('expected a number above 0, such as 3.1 or 2.6e17');
  const value = Number(text);
  return value > 0 && Number.isFinite(value) ? ok(value) : problem('expected a number above 0 and below 1.8e308');
}

function toDay(year: string, month: string, day: string): CellResult<string> {
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (!isCalendarDay(iso)) return problem('expected a day that exists');
  return isInYears(iso) ? ok(iso) : problem(`expected a date from ${YEARS.first} to ${YEARS.last}`);
}

/** The problem with a date such as `6/1/2012`, which has two readings. */
function describeSlashDate(a: string, b: string, year: string): CellResult<string> {
  const [first, second] = [toDay(year, a, b), toDay(year, b, a)];
  if ('value' in first && 'value' in second && first.value !== second.value)
    return problem(`which is ${first.value} or ${second.value}: write one of the two`);
  const only = 'value' in first ? first : second;
  return problem(
    'value' in only ? `expected year-month-day: ${only.value}` : 'expected year-month-day, such as 2012-06-01',
  );
}

/** Reads a day as YYYY-MM-DD. @param isMonthFirst whether the column has month/day/year, as in the public tracker. */
export function readDay(text: string, isMonthFirst: boolean): CellResult<string> {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return toDay(iso[1]!, iso[2]!, iso[3]!);
  const slashes = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(text);
  if (slashes && isMonthFirst) return toDay(slashes[3]!, slashes[1]!, slashes[2]!);
  if (slashes) return describeSlashDate(slashes[1]!, slashes[2]!, slashes[3]!);
  return problem('expected year-month-day, such as 2012-06-01');
}

/** Reads a seed; null for an empty cell. */
export function readSeed(text: string): CellResult<number | null> {
  if (text === '') return ok(null);
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text))
    ? ok(Number(text))
    : problem('expected a whole number from 0');
}

/** Reads the name of a network or a level. */
export function readName(text: string): CellResult<string> {
  if (text === '') return problem('expected a name');
  return text.length <= MAX_NAME_LENGTH
    ? ok(text)
    : problem(`expected at most ${MAX_NAME_LENGTH} characters, it has ${text.length}`);
}
