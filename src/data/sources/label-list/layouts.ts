import { parseCsv } from '../../../base/csv.ts';
import type { CsvRow } from '../../../base/csv.ts';

/** One row of a list: an image and its label. */
export interface Entry {
  /** Line number in the list, from 1. */
  readonly line: number;
  readonly name: string;
  readonly label: string;
}

/** One way to read a list's text as rows of images and labels. */
export interface Layout {
  /** In words: which column is the image and which is the class. */
  readonly how: string;
  readonly entries: readonly Entry[];
}

/** Tests of the dataset that find headings and the end of a name. */
export interface Known {
  readonly isImage: (name: string) => boolean;
  readonly isLabel: (text: string) => boolean;
}

const SEPARATORS = [
  ['\t', 'tabs'],
  [',', 'commas'],
  [';', 'semicolons'],
] as const;

const NAME_WORDS = words(
  'image images img imgs file files filename filenames filepath path paths name names id ids imageid image photo sample index',
);
const LABEL_WORDS = words(
  'label labels labelid class classes classid classname category target targets synset wnid predictionstring breed species truth',
);
/** Tiny ImageNet and Kaggle add boxes after the class: four numbers each; Kaggle repeats the class before each box. */
const BOXES = /^(\S+)(\s+\d+){4}(\s+\1(\s+\d+){4})*$/;
const BOX_COLUMNS = 4;

/** Every way to read the text as rows of images and labels, the most likely first; at least one. */
export function findLayouts(text: string, known: Known): Layout[] {
  const separated = SEPARATORS.flatMap(([separator, word]) => {
    const rows = parseCsv(text, separator)
      ?.map(trimmed)
      .filter(({ cells }) => cells.some((cell) => cell !== ''));
    return rows === undefined ? [] : columnLayouts(withoutEmptyColumns(rows), word, known);
  });
  return [...separated, spaceLayout(text, known)];
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** The words of a heading: `ImageId` and `image_id` are both `image` and `id`. */
const wordsOf = (cell: string): string[] =>
  cell
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

const namesLabels = (cell: string): boolean =>
  LABEL_WORDS.has(cell.toLowerCase()) || wordsOf(cell).some((word) => LABEL_WORDS.has(word));

const isHeadingCell = (cell: string): boolean => {
  const parts = wordsOf(cell);
  const known = (word: string): boolean => NAME_WORDS.has(word) || LABEL_WORDS.has(word);
  return parts.length > 0 && (parts.every(known) || known(cell.toLowerCase()));
};

const trimmed = ({ line, cells }: CsvRow): CsvRow => ({
  line,
  cells: cells.map((cell) => cell.trim()),
});

/** Removes columns that are empty in every row, from repeated or trailing separators. */
function withoutEmptyColumns(rows: readonly CsvRow[]): CsvRow[] {
  const used = new Set<number>();
  for (const { cells } of rows) {
    cells.forEach((cell, column) => {
      if (cell !== '') used.add(column);
    });
  }
  return rows.map(({ line, cells }) => ({ line, cells: cells.filter((_, i) => used.has(i)) }));
}

function columnLayouts(rows: readonly CsvRow[], word: string, known: Known): Layout[] {
  const [first] = rows;
  const width = first?.cells.length ?? 0;
  if (first === undefined || width < 2 || rows.some(({ cells }) => cells.length !== width)) return [];
  const headings = isHeading(first.cells, known) ? first.cells : undefined;
  const body = headings ? rows.slice(1) : rows;
  const columns = Array.from({ length: width }, (_, column) => column);
  const fits = (column: number): boolean => body.length > 0 && body.every(({ cells }) => known.isImage(cells[column]!));
  const names = columns.filter(fits);
  return (names.length > 0 ? names : [0]).flatMap((name) =>
    labelColumns(body, headings, name).map((label) => ({
      how: `columns separated by ${word}, with the image in column ${name + 1} and its class in column ${label + 1}`,
      entries: withoutBoxes(
        body.map(({ line, cells }) => ({ line, name: cells[name]!, label: cells[label]! })),
        known,
      ),
    })),
  );
}

/** A heading contains no image and no class, but a usual word of headings. */
const isHeading = (cells: readonly string[], { isImage, isLabel }: Known): boolean =>
  !cells.some((cell) => isImage(cell) || isLabel(cell)) && cells.some(isHeadingCell);

/** The columns with a heading for classes; without such a heading, every column except the image's. */
function labelColumns(body: readonly CsvRow[], headings: readonly string[] | undefined, name: number): number[] {
  const width = body[0]?.cells.length ?? 0;
  const others = Array.from({ length: width }, (_, i) => i).filter((column) => column !== name);
  const called = others.filter((column) => namesLabels(headings?.[column] ?? ''));
  if (called.length > 0) return called;
  const boxes = body.every(({ cells }) => cells.slice(width - BOX_COLUMNS).every((cell) => /^\d+$/.test(cell)));
  return width === 2 + BOX_COLUMNS && boxes && name === 0 ? [1] : others;
}

function spaceLayout(text: string, known: Known): Layout {
  const lines = text
    .split('\n')
    .map((whole, i) => ({ line: i + 1, text: whole.trim() }))
    .filter((line) => line.text !== '');
  const entries = lines.map(({ line, text: whole }) => ({ line, ...splitAtSpace(whole, known) }));
  const [first] = entries;
  const body = first && isHeading([first.name, first.label], known) ? entries.slice(1) : entries;
  return {
    how: 'spaces between the image and its class',
    entries: withoutBoxes(body, known),
  };
}

/** Names and classes may contain spaces: the first part must be an image of the dataset; the rest is the class. */
function splitAtSpace(whole: string, { isImage, isLabel }: Known): { name: string; label: string } {
  const splits = [...whole.matchAll(/\s+/g)].map(({ index, 0: blanks }) => ({
    name: whole.slice(0, index),
    label: whole.slice(index + blanks.length),
  }));
  const possible = splits.filter(({ name }) => isImage(name));
  return possible.find(({ label }) => isLabel(label)) ?? possible[0] ?? splits[0] ?? { name: whole, label: '' };
}

function withoutBoxes(entries: readonly Entry[], { isLabel }: Known): readonly Entry[] {
  if (!entries.every(({ label }) => !isLabel(label) && BOXES.test(label))) return entries;
  return entries.map((entry) => ({ ...entry, label: BOXES.exec(entry.label)![1]! }));
}
