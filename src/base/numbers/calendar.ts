export const SECONDS_PER_DAY = 86_400;

/** Whether text is a day that exists, as YYYY-MM-DD. */
export function isCalendarDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** The range of years, from the first paper on artificial neurons on. Trends are drawn over years. */
export const YEARS = { first: 1943, last: 2199 } as const;

/** Whether a day, as YYYY-MM-DD, is in the range of years. */
export function isInYears(day: string): boolean {
  const year = Number(day.slice(0, 4));
  return year >= YEARS.first && year <= YEARS.last;
}
