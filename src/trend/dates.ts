import { SECONDS_PER_DAY } from '../base/numbers/calendar.ts';

/** The day of EfficientNet (arXiv 1905.11946), the last network in Hernandez & Brown 2020. */
export const PAPER_ENDS = '2019-05-28';

/** Days of a mean month: 365.25 / 12. doubletime converts days to months with it. */
export const DAYS_PER_MONTH = 30.4375;

export const MILLISECONDS_PER_DAY = 1000 * SECONDS_PER_DAY;

/** Months of 30.4375 days from one date (YYYY-MM-DD) to another; negative if `to` is earlier. */
export function monthsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / MILLISECONDS_PER_DAY / DAYS_PER_MONTH;
}
