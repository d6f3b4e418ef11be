import { formatMonths, formatNumber } from '../base/text/format.ts';
import { truncateText } from '../base/text/painter.ts';

/* Formats numbers for the report. All functions take finite numbers. */

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const superscript = (power: number): string =>
  (power < 0 ? '⁻' : '') + String(Math.abs(power)).replaceAll(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? '');

/** A number with some significant digits, and with powers of ten as in print: 3.08, 44.4, 7.5 × 10⁶. */
export function significant(value: number, digits = 3): string {
  const text = formatNumber(value, digits);
  const [mantissa = '', power] = text.split('e');
  if (power === undefined) return text;
  const powerOfTen = `10${superscript(Number(power))}`;
  return Number(mantissa) === 1 ? powerOfTen : `${Number(mantissa)} × ${powerOfTen}`;
}

/** A factor: 44.4×, 37,500×, 7.43 million×. */
export const factor = (value: number): string =>
  value >= 1e6 && value < 1e9 ? `${significant(value / 1e6)} million×` : `${significant(value)}×`;

/** A number of months: 16.0 months. */
export const months = (value: number): string => `${formatMonths(value)} months`;

/** A name for a label, cut to a number of characters. */
export const shortenName = (name: string, maxLength = 40): string => truncateText(name, maxLength);
