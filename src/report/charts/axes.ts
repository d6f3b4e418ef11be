import { MILLISECONDS_PER_DAY } from '../../trend/dates.ts';
import type { Axes } from '../marks.ts';
import { extremes } from '../../base/extremes.ts';

/*
 * Every axis has an explicit domain. So it does not move when a legend entry hides data, and a single point has an axis with
 * room around it.
 */

/** Ticks per decade: one if there are many decades, more if there are few. */
const mantissas = (decades: number): readonly number[] => (decades > 3.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5]);

/** Round numbers between two positive numbers, about a dozen at most. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const stride = Math.max(1, Math.ceil(decades / 10));
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil((decades + 2) / stride) }, (_, index) => first + index * stride);
  return powers
    .flatMap((power) => mantissas(decades).map((mantissa) => Number(`${mantissa}e${power}`)))
    .filter((tick) => tick >= low && tick <= high);
}

/** Minimum and maximum of some numbers; `single` widens them if they are equal. */
function extent(values: readonly number[], single: (value: number) => [number, number]) {
  const [low, high] = extremes(values);
  return low < high ? ([low, high] as const) : single(low);
}

/** A logarithmic axis around positive values, with ticks at round numbers: 0.1, 1, 1e-7. */
export function logAxis(field: string, title: string, values: readonly number[]) {
  const [low, high] = extent(values, (value) => [value / 3, value * 3]);
  const domain = [low / 1.25, high * 1.25] as const;
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale: { type: 'log' as const, domain: [...domain], nice: false },
    // Large numbers as 1M and 10k, small ones as 0.003 and 1e-7.
    axis: { format: low >= 1 && high >= 1e4 ? '~s' : '~g', values: logTicks(...domain) },
  };
}

/** A linear axis around some values. */
export function linearAxis(field: string, title: string, values: readonly number[]) {
  const [low, high] = extent(values, (value) => [value - 1, value + 1]);
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale: { domain: [low, high], nice: true, zero: false },
    axis: { tickCount: 8 },
  };
}

/** Years around dates (YYYY-MM-DD) in the field `published`. */
export function dateAxis(title: string, dates: readonly string[]): Axes['x'] {
  const [low, high] = extent(dates.map(Date.parse), (value) => [value, value]);
  const room = Math.max((high - low) * 0.03, 60 * MILLISECONDS_PER_DAY);
  const domain = [low - room, high + room];
  const years = (domain[1]! - domain[0]!) / (365.25 * MILLISECONDS_PER_DAY);
  const short = years < 2;
  return {
    field: 'published',
    type: 'temporal',
    title,
    // As an expression: Vega's interpreter cannot read what Vega-Lite makes from a list of dates.
    scale: { type: 'utc', domain: { expr: `[${domain.join(', ')}]` } },
    axis: {
      format: short ? '%Y-%m' : '%Y',
      tickCount: short ? { interval: 'month', step: 3 } : { interval: 'year', step: Math.ceil(years / 12) },
    },
  };
}
