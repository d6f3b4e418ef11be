/** The readers of single cells: a value, or what is wrong with the text in words that follow `is "TEXT", `. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

const ok = <T>(value: T): Read<T> => ({ value });
const bad = (problem: string): { readonly problem: string } => ({ problem });

const NUMBER = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Of a seed that missed the level. */
const MISSED = /^\+?inf(inity)?$/i;

/**
 * A positive amount of compute in its own unit.
 * @param withSeeds whether `inf` is allowed: the amount of a seed that missed the level.
 */
export function readAmount(text: string, withSeeds: boolean): Read<number> {
  if (MISSED.test(text))
    return withSeeds
      ? ok(Number.POSITIVE_INFINITY)
      : bad('expected a number; inf is only for a seed that missed the level');
  if (/^\d+,\d+$/.test(text)) {
    const point = text.replace(',', '.');
    return bad(
      `which is ${point} with a decimal comma and ${text.replace(',', '')} with a thousands separator: write one of the two`,
    );
  }
  if (!NUMBER.test(text)) return bad('expected a number above 0, such as 3.1 or 2.6e17');
  const value = Number(text);
  return value > 0 && Number.isFinite(value) ? ok(value) : bad('expected a number above 0 that a double can hold');
}

/** The first paper on artificial neurons; trends are drawn over years. */
const YEARS = { first: 1943, last: 2199 } as const;

function dayOf(year: string, month: string, day: string): Read<string> {
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const parsed = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(iso))
    return bad('which is not a day of the calendar');
  const known = Number(year) >= YEARS.first && Number(year) <= YEARS.last;
  return known ? ok(iso) : bad(`expected a date from ${YEARS.first} to ${YEARS.last}`);
}

/** Both readings of `6/1/2012`. */
function bothReadings(a: string, b: string, year: string): Read<string> {
  const [first, second] = [dayOf(year, a, b), dayOf(year, b, a)];
  if ('value' in first && 'value' in second && first.value !== second.value)
    return bad(`which is ${first.value} or ${second.value}: write the one that is meant`);
  const one = 'value' in first ? first : second;
  return bad('value' in one ? `expected year-month-day: ${one.value}` : 'expected year-month-day, such as 2012-06-01');
}

/** A day as YYYY-MM-DD. @param american whether the column has month/day/year, as the public tracker's does. */
export function readDay(text: string, american: boolean): Read<string> {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return dayOf(iso[1]!, iso[2]!, iso[3]!);
  const slashes = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/.exec(text);
  if (slashes && american) return dayOf(slashes[3]!, slashes[1]!, slashes[2]!);
  if (slashes) return bothReadings(slashes[1]!, slashes[2]!, slashes[3]!);
  return bad('expected year-month-day, such as 2012-06-01');
}

/** A seed; null for an empty cell. */
export function readSeed(text: string): Read<number | null> {
  if (text === '') return ok(null);
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? ok(Number(text)) : bad('expected a whole number');
}

const MAX_NAME = 256;

/** A name of a network or a level. */
export function readName(text: string): Read<string> {
  if (text === '') return bad('expected a name');
  return text.length <= MAX_NAME ? ok(text) : bad(`expected at most ${MAX_NAME} characters, it has ${text.length}`);
}
