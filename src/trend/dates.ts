/** The day of the last network of Hernandez & Brown 2020, EfficientNet (arXiv 1905.11946): the end of their data. */
export const PAPER_ENDS = '2019-05-28';

/** A mean month of the Julian year, 365.25 / 12 days: how this project turns days into months. */
export const DAYS_PER_MONTH = 30.4375;

export const MILLISECONDS_PER_DAY = 86_400_000;

/** Months of 30.4375 days from one date (YYYY-MM-DD) to another; negative where `to` is earlier. */
export function monthsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / MILLISECONDS_PER_DAY / DAYS_PER_MONTH;
}
