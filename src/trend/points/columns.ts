import { nearest } from '../../base/nearest.ts';
import { TRACKER_COLUMNS } from '../../results/tracker.ts';

const NEEDED = ['name', 'published', 'compute', 'unit'] as const;
const OPTIONAL = ['level', 'seed'] as const;
const KNOWN = [...NEEDED, ...OPTIONAL];
export type ColumnName = (typeof KNOWN)[number];

/** Where each column is in a row, and what is the same for all rows of a format. */
export interface Columns {
  readonly at: Partial<Record<ColumnName, number>>;
  /** The unit of every row, in a format that states it in the header. */
  readonly unit?: string;
  /** Whether dates are month/day/year, as in the public tracker. */
  readonly americanDates: boolean;
  /** Headings of columns that are not read. */
  readonly notRead: readonly string[];
}

const plain = (heading: string): string => heading.trim().toLowerCase();

const isTracker = (headings: readonly string[]): boolean =>
  headings.map((heading) => heading.trim()).join() === TRACKER_COLUMNS.join();

/** The columns of openai/ai-and-efficiency's efficiency_sota.csv. */
const trackerColumns: Columns = {
  at: { level: 0, published: 1, name: 2, compute: 4 },
  unit: 'teraflop/s-days',
  americanDates: true,
  notRead: ['Publication link', 'Reduction Factor', 'Analysis', 'Analysis link'],
};

/** How many columns of a heading are known. */
export const countKnown = (headings: readonly string[]): number =>
  isTracker(headings) ? KNOWN.length : headings.filter((one) => KNOWN.some((name) => name === plain(one))).length;

function describeMissing(missing: readonly string[], headings: readonly string[]): string {
  const others = headings.map((one) => one.trim()).filter((one) => one !== '' && !KNOWN.some((n) => n === plain(one)));
  const meant = missing.flatMap((name) => nearest(name, others, 1).map((other) => `"${other}" may be ${name}`));
  const list = missing.map((name) => `"${name}"`).join(', ');
  return `the ${missing.length === 1 ? 'column' : 'columns'} ${list} ${missing.length === 1 ? 'is' : 'are'} missing: expected name, published, compute and unit, and optionally level and seed${meant.length > 0 ? `; ${meant.join(', ')}` : ''}`;
}

/** The columns of a header line, in any order and case; in place of them, what is wrong with it. */
export function findColumns(headings: readonly string[]): Columns | { readonly problem: string } {
  if (isTracker(headings)) return trackerColumns;
  const names = headings.map(plain);
  const twice = KNOWN.find((name) => names.filter((other) => other === name).length > 1);
  if (twice !== undefined) return { problem: `the column "${twice}" occurs twice: expected it once` };
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) return { problem: describeMissing(missing, headings) };
  const at = Object.fromEntries(
    KNOWN.flatMap((name) => (names.includes(name) ? [[name, names.indexOf(name)] as const] : [])),
  );
  const notRead = headings.map((one) => one.trim()).filter((one) => one !== '' && !KNOWN.some((n) => n === plain(one)));
  return { at, americanDates: false, notRead };
}
