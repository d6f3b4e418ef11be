const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

/** A count with three digits that count and a decimal prefix: 714 M, 1.23 P. */
export function formatWithSiPrefix(value: number): string {
  const at = Math.min(prefixes.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(Math.abs(value), 1)) / 3)));
  const scaled = Number((value / 1000 ** at).toPrecision(3));
  const carried = Math.abs(scaled) >= 1000 && at < prefixes.length - 1;
  const text = carried ? (scaled / 1000).toPrecision(3) : shortest(scaled);
  return `${text} ${prefixes[carried ? at + 1 : at]!}`.trimEnd();
}

/** 714 MFLOP, 0 FLOP. */
export function formatFlops(flops: number): string {
  const text = formatWithSiPrefix(flops);
  return /\d$/.test(text) ? `${text} FLOP` : `${text}FLOP`;
}

const shortest = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

/** Seconds as people say them: 8.4 s, 2 min 05 s, 3 h 10 min, 2 d 4 h. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** A fraction of 1 in percent with one digit: 79.1 %. */
export const formatPercent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** 1,281,167 */
export const groupDigits = (count: number): string => Math.round(count).toLocaleString('en-US');
