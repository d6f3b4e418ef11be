import { truncateText } from '../base/painter.ts';

/** Numbers as people read them. All take finite numbers. */

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (power: number): string =>
  (power < 0 ? '⁻' : '') + String(Math.abs(power)).replaceAll(/\d/g, (digit) => superscripts[Number(digit)] ?? '');

/** Three significant digits; very large and very small ones as a power of ten: 3.08, 44.4, 7.5 × 10⁶. */
export function significant(value: number, digits = 3): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e3 && size < 1e6) return Number(value.toPrecision(digits)).toLocaleString('en-US');
  if (size >= 1e-3 && size < 1e3) return trimZeros(value.toPrecision(digits));
  const [mantissa = '', power = ''] = value.toExponential(digits - 1).split('e');
  const raisedTen = `10${raised(Number(power))}`;
  return trimZeros(mantissa) === '1' ? raisedTen : `${trimZeros(mantissa)} × ${raisedTen}`;
}

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text);

/** 44.4×, 37,500×, 7.43 million×. */
export const factor = (value: number): string =>
  value >= 1e6 && value < 1e9 ? `${significant(value / 1e6)} million×` : `${significant(value)}×`;

export const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;
export const months = (value: number): string => `${value.toFixed(1)} months`;
/** 1 network, 8 networks. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Seconds as 45 s, 12 min 5 s, 3 h 20 min or 2 d 4 h. */
export function duration(seconds: number): string {
  const total = Math.round(seconds);
  if (total < 60) return `${significant(seconds, 2)} s`;
  const units = [
    ['d', 86400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const first = units.findIndex(([, size]) => total >= size);
  const [name, size] = units[first]!;
  const next = units[first + 1];
  const rest = total % size;
  const tail = next === undefined ? 0 : Math.floor(rest / next[1]);
  return `${Math.floor(total / size)} ${name}${tail > 0 && next ? ` ${tail} ${next[0]}` : ''}`;
}

/** The least and the largest of some numbers, however many there are; infinite where there is none. */
export function extremes(values: readonly number[]): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** As much of a name as a label has room for. */
export const shortened = (name: string, most = 40): string => truncateText(name, most);
