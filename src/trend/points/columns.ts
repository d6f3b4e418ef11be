import { pluralize } from '../../base/format.ts';
import { nearest } from '../../base/nearest.ts';
import { TRACKER_COLUMNS } from '../../results/tracker.ts';

const REQUIRED = ['name', 'published', 'compute', 'unit'] as const;
const OPTIONAL = ['level', 'seed'] as const;
const KNOWN = [...REQUIRED, ...OPTIONAL];
export type ColumnName = (typeof KNOWN)[number];

/** The columns of a file. */
export interface Columns {
  /** The index of each column in a row. */
  readonly at: Partial<Record<ColumnName, number>>;
  /** The unit of all rows, if the header has it. */
  readonly unit?: string;
  /** Whether dates are month/day/year, as in the public tracker. */
  readonly isMonthFirst: boolean;
  /** Headings of columns that are not read. */
  readonly notRead: readonly string[];
}

const normalize = (heading: string): string => heading.trim().toLowerCase();

const isKnown = (heading: string): boolean => KNOWN.some((name) => name === normalize(heading));

const isTracker = (headings: readonly string[]): boolean =>
  headings.map((heading) => heading.trim()).join() === TRACKER_COLUMNS.join();

/** The columns of openai/ai-and-efficiency's efficiency_sota.csv. */
const trackerColumns: Columns = {
  at: { level: 0, published: 1, name: 2, compute: 4 },
  unit: 'teraflop/s-days',
  isMonthFirst: true,
  notRead: ['Publication link', 'Reduction Factor', 'Analysis', 'Analysis link'],
};

/** The number of headings that are known columns. */
export const countKnown = (headings: readonly string[]): number =>
  isTracker(headings) ? KNOWN.length : headings.filter(isKnown).length;

/** The headings that are no known columns, without empty ones. */
const unknownHeadings = (headings: readonly string[]): string[] =>
  headings.map((heading) => heading.trim()).filter((heading) => heading !== '' && !isKnown(heading));

function describeMissing(missing: readonly string[], headings: readonly string[]): string {
  const others = unknownHeadings(headings);
  const guesses = missing.flatMap((name) => nearest(name, others, 1).map((other) => `"${other}" may be ${name}`));
  const list = missing.map((name) => `"${name}"`).join(', ');
  return `the ${pluralize('column', missing.length)} ${list} ${missing.length === 1 ? 'is' : 'are'} missing: expected name, published, compute and unit, and optionally level and seed${guesses.length > 0 ? `; ${guesses.join(', ')}` : ''}`;
}

/** The columns of a header line, in any order and case; or the problem with it. */
export function findColumns(headings: readonly string[]): Columns | { readonly problem: string } {
  if (isTracker(headings)) return trackerColumns;
  const names = headings.map(normalize);
  const duplicate = KNOWN.find((name) => names.filter((other) => other === name).length > 1);
  if (duplicate !== undefined) return { problem: `the column "${duplicate}" occurs twice: remove one of the two` };
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0) return { problem: describeMissing(missing, headings) };
  const at = Object.fromEntries(
    KNOWN.flatMap((name) => (names.includes(name) ? [[name, names.indexOf(name)] as const] : [])),
  );
  return { at, isMonthFirst: false, notRead: unknownHeadings(headings) };
}
