/**
 * Formats numbers for people: in the terminal, in the log and in the report. Files for programs (JSON, CSV) keep all digits and
 * do not use these functions.
 */

/** The text for a value that is unknown or not finite. */
export const UNKNOWN = '–';

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SECONDS_PER_DAY = 86_400;

const threeDigits = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

/** A count with three significant digits and a decimal prefix: 714 M, 1.23 P. */
export function formatWithSiPrefix(value: number): string {
  const power = Math.floor(Math.log10(Math.max(Math.abs(value), 1)) / 3);
  const index = Math.min(PREFIXES.length - 1, Math.max(0, power));
  const scaled = Number((value / 1000 ** index).toPrecision(3));
  const carries = Math.abs(scaled) >= 1000 && index < PREFIXES.length - 1;
  const text = carries ? (scaled / 1000).toPrecision(3) : threeDigits(scaled);
  return `${text} ${PREFIXES[carries ? index + 1 : index]!}`.trimEnd();
}

const withUnit = (value: number, unit: string): string => {
  const text = formatWithSiPrefix(value);
  return /\d$/.test(text) ? `${text} ${unit}` : `${text}${unit}`;
};

/** A count of operations: 714 MFLOP, 1.23 PFLOP, 0 FLOP. */
export const formatFlops = (flops: number): string => withUnit(flops, 'FLOP');

/** A size in memory or on disk, in powers of 1000: 512 bytes, 4.1 kB, 84.9 GB; a dash for null. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return UNKNOWN;
  if (bytes < 1000) return formatCount(bytes, 'byte');
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]!}`;
}

/** A duration in seconds: 8.4 s, 45 s, 2 min 05 s, 3 h 05 min, 2 d 4 h; a dash if it is null or not finite. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return UNKNOWN;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const twoDigits = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  if (whole < SECONDS_PER_DAY) return `${Math.floor(whole / 3600)} h ${twoDigits((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / SECONDS_PER_DAY)} d ${Math.floor((whole % SECONDS_PER_DAY) / 3600)} h`;
}

/**
 * A fraction of 1 as a percentage with one decimal: 79.1 %; a dash for null. Ties are rounded up, also if the fraction has no exact
 * binary form (0.5165), as in the rule that decides whether a level is reached.
 */
export const formatPercent = (fraction: number | null): string =>
  fraction === null || !Number.isFinite(fraction)
    ? UNKNOWN
    : `${(Math.round(fraction * 1000 + 1e-9) / 10).toFixed(1)} %`;

/** A percentage in the name of a level, with up to three decimals, so that two levels never have the same name: 60.0 %, 79.066 %. */
export function formatExactPercent(fraction: number): string {
  const exact = String(Number((fraction * 100).toFixed(3)));
  return exact.includes('.') ? `${exact} %` : formatPercent(fraction);
}

/** A percentage with all of its digits, at most six decimals: 10 %, 12.5 %. */
export const formatShortPercent = (fraction: number): string => `${Number((100 * fraction).toFixed(6))} %`;

/** A number with `digits` significant digits, with an exponent from a million on and below a thousandth: 44.4, 1,230, 7.43e+6. */
export function formatNumber(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 1e6 || (value !== 0 && size < 1e-3)) return value.toExponential(digits - 1);
  return Number(value.toPrecision(digits)).toLocaleString('en-US', { maximumFractionDigits: digits + 3 });
}

/** A number of months with one decimal: 16.0; a dash for null. */
export const formatMonths = (months: number | null): string => (months === null ? UNKNOWN : months.toFixed(1));

/** An interval in months, open above if its upper bound is null: 14.1 to 18.2, 9.3 to no bound. */
export const formatInterval = (bounds: readonly [number | null, number | null] | null): string =>
  bounds === null ? UNKNOWN : bounds.map((bound) => (bound === null ? 'no bound' : formatMonths(bound))).join(' to ');

/** A whole number with its digits in groups: 1,281,167. */
export const groupDigits = (count: number | bigint): string =>
  (typeof count === 'bigint' ? count : Math.round(count)).toLocaleString('en-US');

/** The form of a noun after a number: 1 network, 8 networks, 0.5 epochs; of `class`: 1 class, 8 classes. */
export const pluralize = (noun: string, count: number): string =>
  count === 1 ? noun : `${noun}${noun.endsWith('s') ? 'es' : 's'}`;

/** A number with its noun: 1 network, 8 networks. */
export const formatCount = (count: number, noun: string): string => `${count} ${pluralize(noun, count)}`;

/** The name of an accuracy: top-1, top-5. */
export const formatMetric = (metric: 'top1' | 'top5'): string => (metric === 'top1' ? 'top-1' : 'top-5');
