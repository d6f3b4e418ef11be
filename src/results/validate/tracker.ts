import { parseCsv } from '../../base/csv.ts';
import { TRACKER_COLUMNS, type TrackerColumn } from '../tracker.ts';
import type { Finding } from './finding.ts';

interface Entry {
  readonly line: number;
  readonly cells: Readonly<Record<TrackerColumn, string>>;
  readonly compute: number;
  readonly factor: number;
  /** YYYY-MM-DD, or undefined for no date. */
  readonly date: string | undefined;
}

const at = (line: number, place: string, message: string): Finding => ({
  place,
  line,
  message,
  kind: 'error',
});

/** `6/1/2012` or `2012-06-01` as YYYY-MM-DD; undefined for anything that is not a day of the calendar. */
function dateOf(text: string): string | undefined {
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  const iso = american ? `${american[3]!}-${american[1]!.padStart(2, '0')}-${american[2]!.padStart(2, '0')}` : text;
  const parsed = new Date(`${iso}T00:00:00Z`);
  const valid = /^\d{4}-\d{2}-\d{2}$/.test(iso) && !Number.isNaN(parsed.getTime());
  return valid && parsed.toISOString().startsWith(iso) ? iso : undefined;
}

/** A positive number and nothing else; NaN for other text. */
const numberOf = (text: string): number =>
  /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && Number(text) > 0 ? Number(text) : Number.NaN;

/** The range of values that round to this text: 0.71 is 0.705 to 0.715. */
function rounding(text: string): readonly [number, number] {
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
    .map((name) => at(line, name, 'is empty: an entry must name its level, its paper and its analysis'));
  const numbers = (['Compute (teraflops-s/days)', 'Reduction Factor'] as const)
    .filter((name) => Number.isNaN(numberOf(cells[name])))
    .map((name) => at(line, name, `"${cells[name]}" is not a positive number`));
  const links = (['Publication link', 'Analysis link'] as const)
    .filter((name) => cells[name] !== '' && !isLink(cells[name]))
    .map((name) => at(line, name, `"${cells[name]}" is not an http(s) link`));
  return [...missing, ...dateFindings(entry), ...numbers, ...links];
}

/** The factor must be the first row's compute divided by this one's, within the rounding of all three. */
function factorFindings({ line, cells, compute }: Entry, first: Entry): Finding[] {
  const [baseLow, baseHigh] = rounding(first.cells['Compute (teraflops-s/days)']);
  const [low, high] = rounding(cells['Compute (teraflops-s/days)']);
  const [factorLow, factorHigh] = rounding(cells['Reduction Factor']);
  if (baseLow / high <= factorHigh && baseHigh / low >= factorLow) return [];
  const right = (first.compute / compute).toPrecision(3);
  return [
    at(line, 'Reduction Factor', `is ${cells['Reduction Factor']}, but ${first.compute} / ${compute} is ${right}`),
  ];
}

/** An entry must be later than the previous one of its level, and need less compute. */
function orderFindings({ line, compute, date = '' }: Entry, before: Entry): Finding[] {
  return [
    ...(compute < before.compute
      ? []
      : [
          at(
            line,
            'Compute (teraflops-s/days)',
            `is ${compute}, expected less than ${before.compute}, the previous entry: it is not a new state of the art`,
          ),
        ]),
    ...(date >= (before.date ?? '')
      ? []
      : [at(line, 'Publication Date', `is ${date}, earlier than ${before.date ?? ''}, the entry above`)]),
  ];
}

/** Checks the rows of one level against its first row and the row above. */
function levelFindings(entries: readonly Entry[]): Finding[] {
  const sound = entries.filter(({ compute, factor }) => compute > 0 && factor > 0);
  return sound
    .slice(1)
    .flatMap((entry, index) => [...factorFindings(entry, sound[0]!), ...orderFindings(entry, sound[index]!)]);
}

function entryOf(line: number, cells: readonly string[]): Entry {
  const named = Object.fromEntries(TRACKER_COLUMNS.map((name, i) => [name, cells[i] ?? ''])) as Entry['cells'];
  return {
    line,
    cells: named,
    compute: numberOf(named['Compute (teraflops-s/days)']),
    factor: numberOf(named['Reduction Factor']),
    date: dateOf(named['Publication Date']),
  };
}

/**
 * All problems of rows in the public tracker's format: columns, cells, factors against compute, the order of entries, dates
 * against arXiv numbers. A row does not name the dataset; check that with the measurement.
 */
export function validateTracker(text: string): Finding[] {
  const rows = parseCsv(text);
  if (rows === undefined)
    return [at(1, '', 'is not valid CSV: a quote is not closed, or text follows a closing quote')];
  const [head, ...body] = rows;
  if (head?.cells.join() !== TRACKER_COLUMNS.join())
    return [at(1, '', `has other columns than ${TRACKER_COLUMNS.join(', ')}`)];
  const widths = body
    .filter(({ cells }) => cells.length !== TRACKER_COLUMNS.length)
    .map(({ line, cells }) => at(line, '', `has ${cells.length} cells, expected ${TRACKER_COLUMNS.length}`));
  const entries = body.map(({ line, cells }) => entryOf(line, cells));
  const levels = new Set(entries.map(({ cells }) => cells.Metric));
  const between = [...levels].flatMap((level) => levelFindings(entries.filter(({ cells }) => cells.Metric === level)));
  return [...widths, ...entries.flatMap(cellFindings), ...between].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
