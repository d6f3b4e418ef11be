import { formatMonths, formatNumber } from '../base/format.ts';
import { truncateText } from '../base/painter.ts';

/** Numbers as people read them. All take finite numbers. */

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (power: number): string =>
  (power < 0 ? '⁻' : '') + String(Math.abs(power)).replaceAll(/\d/g, (digit) => superscripts[Number(digit)] ?? '');

/** Significant digits as on all screens, with powers of ten as in print: 3.08, 44.4, 7.5 × 10⁶. */
export function significant(value: number, digits = 3): string {
  const text = formatNumber(value, digits);
  const [mantissa = '', power] = text.split('e');
  if (power === undefined) return text;
  const raisedTen = `10${raised(Number(power))}`;
  return Number(mantissa) === 1 ? raisedTen : `${Number(mantissa)} × ${raisedTen}`;
}

/** 44.4×, 37,500×, 7.43 million×. */
export const factor = (value: number): string =>
  value >= 1e6 && value < 1e9 ? `${significant(value / 1e6)} million×` : `${significant(value)}×`;

/** 16.0 months. */
export const months = (value: number): string => `${formatMonths(value)} months`;

/** As much of a name as a label has room for. */
export const shortened = (name: string, most = 40): string => truncateText(name, most);
