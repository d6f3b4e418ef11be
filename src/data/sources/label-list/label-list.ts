import { dataError } from '../../../base/errors.ts';
import { nearest } from '../../../base/text/nearest.ts';
import type { LabelFormat } from '../../request.ts';
import { labelMatcher, findInterpretations, naturalSortKey } from './class-names.ts';
import type { Classes } from './class-names.ts';
import { ImageNames } from './image-names.ts';
import { findLayouts } from './layouts.ts';
import type { Entry, Layout } from './layouts.ts';
import { readListText } from './text.ts';

/** The images that a list labels, and the classes of the dataset. */
export interface Labelling {
  /** Paths of the images, relative to the dataset folder, sorted. */
  readonly paths: readonly string[];
  /** The folder of the images, relative to the dataset folder. */
  readonly split: string;
  readonly classes: Classes;
  /** `labels` of the config; undefined if the config does not set it. */
  readonly labelFormat: LabelFormat | undefined;
}

/** The result of one way to read a list. */
interface Reading {
  readonly layout: string;
  readonly how: string;
  readonly option: LabelFormat | undefined;
  /** The class of every image, in the order of `paths`. */
  readonly labels: readonly number[];
  /** The heading over class numbers, if it does not say that they are classes. */
  readonly otherHeading?: string | undefined;
}

/**
 * The class of every image, from a list with an image and its class in each row. Columns are separated by tabs, commas or
 * semicolons (RFC 4180, with or without a heading), or by spaces. Every way to read the list is tried. A way is valid if each
 * image occurs once, no other file occurs, and each label is a class of the dataset. All valid ways must give the same result.
 * @throws UserError exit code 65 if no way is valid, with the problem; or if two valid ways give different results, with both.
 */
export function readLabelList(file: string, labelling: Labelling): number[] {
  const { paths, split, classes } = labelling;
  const images = new ImageNames(paths, split);
  const known = { isImage: (name: string) => images.matches(name), isLabel: labelMatcher(classes) };
  const problems: Problem[] = [];
  const readings: Reading[] = [];
  for (const layout of findLayouts(readListText(file), known)) {
    const ordered = orderAsImages(layout, images, paths);
    if ('message' in ordered) {
      problems.push(ordered);
      continue;
    }
    const { entries } = ordered;
    const texts = entries.map(({ label }) => label);
    const interpretations = findInterpretations(texts, classes, labelling.labelFormat);
    if (interpretations.length === 0) problems.push(classProblem(entries, labelling));
    readings.push(
      ...interpretations.map((interpretation) => ({
        ...interpretation,
        layout: layout.how,
        otherHeading: interpretation.option === 'names' ? undefined : layout.otherHeading,
      })),
    );
  }
  return onlyReading(file, readings, problems, labelling);
}

/**
 * The class of every image, from one label per line in the order of the sorted paths.
 * @throws UserError exit code 65 as `readLabelList`.
 */
export function readOrderedLabels(file: string, labels: readonly string[], labelling: Labelling): number[] {
  const { paths, classes, labelFormat } = labelling;
  if (labels.length !== paths.length) {
    throw dataError(
      `${file} has ${labels.length} lines, expected ${paths.length}, one per image: add or remove lines or images`,
    );
  }
  const entries = paths.map((name, i) => ({ line: i + 1, name, label: labels[i]! }));
  const interpretations = findInterpretations(labels, classes, labelFormat);
  const problems = interpretations.length === 0 ? [classProblem(entries, labelling)] : [];
  const otherOrder = paths
    .map((_, image) => image)
    .sort((a, b) => (naturalSortKey(paths[a]!) < naturalSortKey(paths[b]!) ? -1 : 1));
  const readings = interpretations.flatMap((interpretation) => [
    { ...interpretation, layout: 'the images sorted by name' },
    {
      ...interpretation,
      layout: 'the images in natural order',
      option: undefined,
      labels: sortByImage(otherOrder, interpretation.labels),
    },
  ]);
  return onlyReading(file, readings, problems, labelling);
}

/** The labels in the order of the images; line i of the list is for image `order[i]`. */
function sortByImage(order: readonly number[], labels: readonly number[]): number[] {
  const result: number[] = [];
  order.forEach((image, line) => {
    result[image] = labels[line]!;
  });
  return result;
}

interface Problem {
  /** The stage at which a way to read the list fails. */
  readonly stage: 'names' | 'images' | 'classes';
  readonly row: number;
  /** The text follows the name of the list. */
  readonly message: string;
}

/** The entries in the order of the images, one per image; or the problem. */
function orderAsImages(
  { entries }: Layout,
  images: ImageNames,
  paths: readonly string[],
): { entries: readonly Entry[] } | Problem {
  const empty = entries.findIndex(({ label }) => label === '');
  if (entries.length === 0 || empty >= 0) {
    const where = empty < 0 ? '' : ` in line ${entries[empty]!.line}`;
    const message = `has no class${where}: expected an image and its class in each line`;
    return { stage: 'names', row: empty, message };
  }
  const found = images.resolve(entries.map(({ name }) => name));
  if ('problem' in found) {
    const { row, reason } = found.problem;
    const { line, name } = entries[row]!;
    return { stage: 'names', row, message: `has the image ${name} in line ${line}, ${reason}` };
  }
  const byImage = new Map<number, Entry>();
  for (const [row, entry] of entries.entries()) {
    const image = found.images[row]!;
    const first = byImage.get(image);
    if (first) return { stage: 'images', row, message: describeDuplicate(paths[image]!, first, entry) };
    byImage.set(image, entry);
  }
  const missing = paths.filter((_, image) => !byImage.has(image));
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    const message = `has no line for ${missing[0]!}${more}: add a line for each image`;
    return { stage: 'images', row: entries.length, message };
  }
  return { entries: paths.map((_, image) => byImage.get(image)!) };
}

const describeDuplicate = (path: string, first: Entry, second: Entry): string =>
  `has ${path} twice: as ${first.label} in line ${first.line}, as ${second.label} in line ${second.line}; remove one line`;

/** The first label that is not a class; or, if most labels are numbers, the first that is not a valid position. */
function classProblem(entries: readonly Entry[], { classes, labelFormat }: Labelling): Problem {
  const isNumber = ({ label }: Entry): boolean => /^\d+$/.test(label);
  const byLine = [...entries].sort((a, b) => a.line - b.line);
  const areMostNumbers = 2 * byLine.filter(isNumber).length > byLine.length;
  const positions = labelFormat === undefined ? areMostNumbers : labelFormat !== 'names';
  const count = classes.names.length;
  const known = new Set(classes.names.map((name) => name.normalize('NFC')));
  const first = labelFormat === 'positionsFromOne' ? 1 : 0;
  const isPosition = (number: number): boolean =>
    classes.numbers?.includes(number) ?? (number - first < count && number >= first);
  const isClass = (entry: Entry): boolean =>
    positions ? isNumber(entry) && isPosition(Number(entry.label)) : known.has(entry.label.normalize('NFC'));
  const wrong = byLine.find((entry) => !isClass(entry)) ?? byLine[0]!;
  const { line, label } = wrong;
  const [near] = nearest(label, classes.names, 1);
  const hint = near === undefined || positions || isNumber(wrong) ? '' : ` (did you mean "${near}"?)`;
  const range = classes.numbers
    ? `a number of classes.tsv, such as ${classes.numbers.slice(0, 3).join(', ')}`
    : `${count} classes, from ${first} to ${count - 1 + first}`;
  const message = positions
    ? `has the class number ${label} in line ${line}, which is missing in train: expected ${range}`
    : `has the class ${label} in line ${line}, which is missing in train${hint}`;
  return { stage: 'classes', row: line, message };
}

/** The labels that all valid ways to read the list give. @throws UserError exit code 65 as `readLabelList`. */
function onlyReading(
  file: string,
  readings: readonly Reading[],
  problems: readonly Problem[],
  { paths, classes, labelFormat }: Labelling,
): number[] {
  const [first] = readings;
  if (first === undefined) throw dataError(`${file} ${mostAdvanced(problems).message}`);
  for (const other of readings) {
    const image = other.labels.findIndex((label, i) => label !== first.labels[i]);
    if (image < 0) continue;
    const sameLayout = first.layout === other.layout;
    const describe = ({ layout, how, option, labels }: Reading): string =>
      `${sameLayout ? '' : `${layout}, `}labels as ${how}: ${paths[image]!} is "${classes.names[labels[image]!]!}"` +
      (option === undefined ? '' : ` (labels: ${option})`);
    throw dataError(
      `${file} can be read in two ways: ${describe(first)}; or ${describe(other)}. ${howToFix(first, other)}`,
    );
  }
  const { otherHeading, option = 'positions' } = first;
  if (labelFormat === undefined && readings.every((reading) => reading.otherHeading !== undefined))
    throw dataError(
      `${file} has numbers under "${otherHeading!}", which may be numbers of classes or not (such as 1 for yes): ` +
        `write "label" over numbers of classes, or choose labels: ${option} in the config, --labels ${option} on the command line`,
    );
  return [...first.labels];
}

function howToFix(first: Reading, other: Reading): string {
  const option = first.option ?? other.option;
  if (first.layout !== other.layout || option === undefined)
    return 'Replace the list by a val.txt with only the path of an image and the name of its class in each line';
  return `Write class names into the list, or choose one reading: labels: ${option} in the config, --labels ${option} on the command line`;
}

const STAGES = ['names', 'images', 'classes'] as const;

/** The problem of the way that fails at the latest stage. */
const mostAdvanced = (problems: readonly Problem[]): Problem =>
  problems.reduce((best, problem) => (STAGES.indexOf(problem.stage) > STAGES.indexOf(best.stage) ? problem : best));
