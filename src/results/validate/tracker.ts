import { isCalendarDay } from '../../base/numbers/calendar.ts';
import { describeCsvProblem, parseCsv } from '../../base/text/csv.ts';
import { formatCount } from '../../base/text/format.ts';
import { TRACKER_COLUMNS, type TrackerColumn } from '../tracker.ts';
import type { Finding } from './finding.ts';

/** A row of the tracker. */
interface Entry {
  readonly line: number;
  readonly cells: Readonly<Record<TrackerColumn, string>>;
  readonly compute: number;
  readonly factor: number;
  /** YYYY-MM-DD; undefined if the cell is not a date. */
  readonly date: string | undefined;
}

const at = (line: number, place: string, message: string): Finding => ({
  place,
  line,
  message,
  kind: 'error',
});

/** `6/1/2012` or `2012-06-01` as YYYY-MM-DD; undefined for other text and for days that do not exist. */
function parseDate(text: string): string | undefined {
  const monthFirst = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const iso = monthFirst
    ? `${monthFirst[3]!}-${monthFirst[1]!.padStart(2, '0')}-${monthFirst[2]!.padStart(2, '0')}`
    : text;
  return isCalendarDay(iso) ? iso : undefined;
}

/** The positive number in a cell; NaN for other text. */
const parsePositive = (text: string): number =>
  /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && Number(text) > 0 ? Number(text) : Number.NaN;

/** The range of numbers that round to this text: 0.705 to 0.715 for 0.71. */
function roundingRange(text: string): readonly [number, number] {
  const decimals = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
  const half = 0.5 * 10 ** -decimals;
  return [Number(text) - half, Number(text) + half];
}

const isLink = (text: string): boolean => URL.canParse(text) && /^https?:/.test(text);

/** `2015-12` from a link to arXiv 1512.03385; undefined for other links and for ids before 2007. */
function arxivMonth(link: string): string | undefined {
  const match = /arxiv\.org\/(?:abs|pdf)\/(\d{2})(\d{2})\.\d{4,5}/.exec(link);
  return match === null ? undefined : `20${match[1]!}-${match[2]!}`;
}

function dateFindings({ line, cells, date }: Entry): Finding[] {
  const text = cells['Publication Date'];
  if (date === undefined)
    return [at(line, 'Publication Date', `"${text}" is not a date: expected month/day/year (6/1/2012)`)];
  const month = arxivMonth(cells['Publication link']);
  return month === undefined || date.startsWith(month)
    ? []
    : [at(line, 'Publication Date', `is ${text}, but the arXiv number of the paper is from ${month}`)];
}

function cellFindings(entry: Entry): Finding[] {
  const { line, cells } = entry;
  const missing = (['Metric', 'Publication', 'Analysis'] as const)
    .filter((name) => cells[name].trim() === '')
    .map((name) => at(line, name, 'is empty, expected text: an entry must name its level, its paper and its analysis'));
  const numbers = (['Compute (teraflops-s/days)', 'Reduction Factor'] as const)
    .filter((name) => Number.isNaN(parsePositive(cells[name])))
    .map((name) => at(line, name, `"${cells[name]}" is not a positive number: expected a number such as 3.1`));
  const links = (['Publication link', 'Analysis link'] as const)
    .filter((name) => cells[name] !== '' && !isLink(cells[name]))
    .map((name) => at(line, name, `"${cells[name]}" is not a link: expected https://...`));
  return [...missing, ...dateFindings(entry), ...numbers, ...links];
}

/** The factor must be the compute of the first row divided by that of this row, within the rounding of all three numbers. */
function factorFindings({ line, cells, compute }: Entry, first: Entry): Finding[] {
  const [baseLow, baseHigh] = roundingRange(first.cells['Compute (teraflops-s/days)']);
  const [low, high] = roundingRange(cells['Compute (teraflops-s/days)']);
  const [factorLow, factorHigh] = roundingRange(cells['Reduction Factor']);
  if (baseLow / high <= factorHigh && baseHigh / low >= factorLow) return [];
  const expected = (first.compute / compute).toPrecision(3);
  return [
    at(line, 'Reduction Factor', `is ${cells['Reduction Factor']}, but ${first.compute} / ${compute} is ${expected}`),
  ];
}

/** An entry must be later than the previous entry of its level, and need less compute. */
function orderFindings({ line, compute, date = '' }: Entry, before: Entry): Finding[] {
  return [
    ...(compute < before.compute
      ? []
      : [
          at(
            line,
            'Compute (teraflops-s/days)',
            `is ${compute}, expected less than ${before.compute}, the compute of the previous entry: it is not a new state of the art`,
          ),
        ]),
    ...(date >= (before.date ?? '')
      ? []
      : [
          at(
            line,
            'Publication Date',
            `is ${date}, expected ${before.date ?? ''} or later, the date of the previous entry`,
          ),
        ]),
  ];
}

/** Checks each row of one level against the first row and the previous row. */
function levelFindings(entries: readonly Entry[]): Finding[] {
  const valid = entries.filter(({ compute, factor }) => compute > 0 && factor > 0);
  return valid
    .slice(1)
    .flatMap((entry, index) => [...factorFindings(entry, valid[0]!), ...orderFindings(entry, valid[index]!)]);
}

function parseEntry(line: number, values: readonly string[]): Entry {
  const cells = Object.fromEntries(TRACKER_COLUMNS.map((name, i) => [name, values[i] ?? ''])) as Entry['cells'];
  return {
    line,
    cells,
    compute: parsePositive(cells['Compute (teraflops-s/days)']),
    factor: parsePositive(cells['Reduction Factor']),
    date: parseDate(cells['Publication Date']),
  };
}

/**
 * All problems of rows in the public tracker's format: wrong columns and cells, factors that contradict the compute, entries
 * in the wrong order, dates that contradict the paper's arXiv number. A row does not name the dataset: only its measurement
 * can be checked for that.
 */
export function validateTracker(text: string): Finding[] {
  const rows = parseCsv(text);
  if (rows === undefined) {
    const { line, problem } = describeCsvProblem(text);
    return [at(line, '', problem)];
  }
  const [head, ...body] = rows;
  if (head?.cells.join() !== TRACKER_COLUMNS.join())
    return [at(1, '', `has other columns, expected ${TRACKER_COLUMNS.join(', ')}`)];
  const wrongWidths = body
    .filter(({ cells }) => cells.length !== TRACKER_COLUMNS.length)
    .map(({ line, cells }) =>
      at(line, '', `has ${formatCount(cells.length, 'cell')}, expected ${TRACKER_COLUMNS.length}`),
    );
  const entries = body.map(({ line, cells }) => parseEntry(line, cells));
  const levels = new Set(entries.map(({ cells }) => cells.Metric));
  const contradictions = [...levels].flatMap((level) =>
    levelFindings(entries.filter(({ cells }) => cells.Metric === level)),
  );
  return [...wrongWidths, ...entries.flatMap(cellFindings), ...contradictions].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0),
  );
}
