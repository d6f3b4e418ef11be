import { parseCsv } from '../../../base/text/csv.ts';
import type { CsvRow } from '../../../base/text/csv.ts';

/** One row of a list: an image and its label. */
export interface Entry {
  /** Line number in the list, from 1. */
  readonly line: number;
  readonly name: string;
  readonly label: string;
}

/** One way to read a list's text as rows of images and labels. */
export interface Layout {
  /** In words, such as which column is the image and which is the class. */
  readonly how: string;
  readonly entries: readonly Entry[];
  /** The heading over the labels, if it is none of the usual words for classes. */
  readonly otherHeading?: string | undefined;
}

/** Tells images and labels of the dataset from other text, such as headings. */
export interface KnownNames {
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
/**
 * A class with boxes after it, as in Tiny ImageNet and Kaggle: four numbers per box. Kaggle repeats the class before each box.
 */
const BOXES = /^(\S+)(\s+\d+){4}(\s+\1(\s+\d+){4})*$/;
/** Columns of one box. */
const BOX_COLUMNS = 4;

/** Every way to read the text as rows of images and labels, the most likely first; at least one. */
export function findLayouts(text: string, known: KnownNames): Layout[] {
  const separated = SEPARATORS.flatMap(([separator, separatorName]) => {
    const rows = parseCsv(text, separator)
      ?.map(trimCells)
      .filter(({ cells }) => cells.some((cell) => cell !== ''));
    return rows === undefined ? [] : columnLayouts(withoutEmptyColumns(rows), separatorName, known);
  });
  return [...separated, spaceLayout(text, known)];
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** Splits a heading into words: `ImageId` and `image_id` both become `image` and `id`. */
const splitWords = (cell: string): string[] =>
  cell
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

const isLabelHeading = (cell: string): boolean =>
  LABEL_WORDS.has(cell.toLowerCase()) || splitWords(cell).some((word) => LABEL_WORDS.has(word));

const isHeadingCell = (cell: string): boolean => {
  const parts = splitWords(cell);
  const known = (word: string): boolean => NAME_WORDS.has(word) || LABEL_WORDS.has(word);
  return parts.length > 0 && (parts.every(known) || known(cell.toLowerCase()));
};

const trimCells = ({ line, cells }: CsvRow): CsvRow => ({
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

/** A layout for each pair of columns that may be the image and the class. */
function columnLayouts(rows: readonly CsvRow[], separatorName: string, known: KnownNames): Layout[] {
  const [first] = rows;
  const width = first?.cells.length ?? 0;
  if (first === undefined || width < 2 || rows.some(({ cells }) => cells.length !== width)) return [];
  const headings = isHeading(first.cells, known) ? first.cells : undefined;
  const body = headings ? rows.slice(1) : rows;
  const columns = Array.from({ length: width }, (_, column) => column);
  const hasImages = (column: number): boolean =>
    body.length > 0 && body.every(({ cells }) => known.isImage(cells[column]!));
  const names = columns.filter(hasImages);
  return (names.length > 0 ? names : [0]).flatMap((name) =>
    labelColumns(body, headings, name).map((label) => ({
      how: `columns separated by ${separatorName}, with the image in column ${name + 1} and its class in column ${label + 1}`,
      entries: withoutBoxes(
        body.map(({ line, cells }) => ({ line, name: cells[name]!, label: cells[label]! })),
        known,
      ),
      otherHeading: otherHeading(headings?.[label]),
    })),
  );
}

const otherHeading = (heading: string | undefined): string | undefined =>
  heading === undefined || isLabelHeading(heading) ? undefined : heading;

/** Whether a row is a heading: it contains no image and no class, and a usual word of headings. */
const isHeading = (cells: readonly string[], { isImage, isLabel }: KnownNames): boolean =>
  !cells.some((cell) => isImage(cell) || isLabel(cell)) && cells.some(isHeadingCell);

/** The columns that may be the class: those with a heading for classes; without such a heading, all except the image's. */
function labelColumns(body: readonly CsvRow[], headings: readonly string[] | undefined, name: number): number[] {
  const width = body[0]?.cells.length ?? 0;
  const others = Array.from({ length: width }, (_, i) => i).filter((column) => column !== name);
  const withHeading = others.filter((column) => isLabelHeading(headings?.[column] ?? ''));
  if (withHeading.length > 0) return withHeading;
  const hasBoxes = body.every(({ cells }) => cells.slice(width - BOX_COLUMNS).every((cell) => /^\d+$/.test(cell)));
  return width === 2 + BOX_COLUMNS && hasBoxes && name === 0 ? [1] : others;
}

/** The layout with spaces between an image and its class. */
function spaceLayout(text: string, known: KnownNames): Layout {
  const lines = text
    .split('\n')
    .map((content, i) => ({ line: i + 1, content: content.trim() }))
    .filter(({ content }) => content !== '');
  const entries = lines.map(({ line, content }) => ({ line, ...splitAtSpace(content, known) }));
  const [first] = entries;
  const hasHeading = first !== undefined && isHeading([first.name, first.label], known);
  return {
    how: 'spaces between the image and its class',
    entries: withoutBoxes(hasHeading ? entries.slice(1) : entries, known),
    otherHeading: hasHeading ? otherHeading(first.label) : undefined,
  };
}

/** Splits a line where the first part is an image of the dataset; the rest is the class. Both may contain spaces. */
function splitAtSpace(line: string, { isImage, isLabel }: KnownNames): { name: string; label: string } {
  const splits = [...line.matchAll(/\s+/g)].map(({ index, 0: blanks }) => ({
    name: line.slice(0, index),
    label: line.slice(index + blanks.length),
  }));
  const possible = splits.filter(({ name }) => isImage(name));
  return possible.find(({ label }) => isLabel(label)) ?? possible[0] ?? splits[0] ?? { name: line, label: '' };
}

/** The entries without the boxes after their classes, if every entry has boxes. */
function withoutBoxes(entries: readonly Entry[], { isLabel }: KnownNames): readonly Entry[] {
  if (!entries.every(({ label }) => !isLabel(label) && BOXES.test(label))) return entries;
  return entries.map((entry) => ({ ...entry, label: BOXES.exec(entry.label)![1]! }));
}
