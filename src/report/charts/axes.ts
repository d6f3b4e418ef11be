import { MILLISECONDS_PER_DAY } from '../../trend/dates.ts';
import type { Axes } from '../marks.ts';
import { extremes } from '../../base/numbers/extremes.ts';

/*
 * Every axis has an explicit domain. So an axis does not change when the legend hides data, and there is room around a single
 * point.
 */

/** The mantissas of the ticks in each decade: one tick if there are many decades, more if there are few. */
const mantissas = (decades: number): readonly number[] => (decades > 3.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 5]);

/** Ticks at round numbers between two positive numbers; at most about a dozen. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const stride = Math.max(1, Math.ceil(decades / 10));
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil((decades + 2) / stride) }, (_, index) => first + index * stride);
  return powers
    .flatMap((power) => mantissas(decades).map((mantissa) => Number(`${mantissa}e${power}`)))
    .filter((tick) => tick >= low && tick <= high);
}

/** Minimum and maximum of some numbers; if they are equal, the range that `widen` gives. */
function extent(values: readonly number[], widen: (value: number) => [number, number]) {
  const [low, high] = extremes(values);
  return low < high ? ([low, high] as const) : widen(low);
}

/** A logarithmic axis for positive values, with ticks at round numbers: 0.1, 1, 1e-7. */
export function logAxis(field: string, title: string, values: readonly number[]) {
  const [low, high] = extent(values, (value) => [value / 3, value * 3]);
  const domain = [low / 1.25, high * 1.25] as const;
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale: { type: 'log' as const, domain: [...domain], nice: false },
    // Large numbers are 1M and 10k, small numbers 0.003 and 1e-7.
    axis: { format: low >= 1 && high >= 1e4 ? '~s' : '~g', values: logTicks(...domain) },
  };
}

/** A linear axis for some values. */
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

/** A time axis for dates (YYYY-MM-DD) in the field `published`. */
export function dateAxis(title: string, dates: readonly string[]): Axes['x'] {
  const [low, high] = extent(dates.map(Date.parse), (value) => [value, value]);
  const margin = Math.max((high - low) * 0.03, 60 * MILLISECONDS_PER_DAY);
  const domain = [low - margin, high + margin];
  const years = (domain[1]! - domain[0]!) / (365.25 * MILLISECONDS_PER_DAY);
  const isShort = years < 2;
  return {
    field: 'published',
    type: 'temporal',
    title,
    // An expression, because Vega's interpreter cannot read what Vega-Lite makes from a list of dates.
    scale: { type: 'utc', domain: { expr: `[${domain.join(', ')}]` } },
    axis: {
      format: isShort ? '%Y-%m' : '%Y',
      tickCount: isShort ? { interval: 'month', step: 3 } : { interval: 'year', step: Math.ceil(years / 12) },
    },
  };
}
