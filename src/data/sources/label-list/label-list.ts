import { dataError } from '../../../base/errors.ts';
import { nearest } from '../../../base/nearest.ts';
import type { LabelFormat } from '../../../config/data.ts';
import { labelMatcher, findInterpretations, naturalSortKey } from './class-names.ts';
import type { Classes } from './class-names.ts';
import { ImageNames } from './image-names.ts';
import { findLayouts } from './layouts.ts';
import type { Entry, Layout } from './layouts.ts';
import { readListText } from './text.ts';

/** Images that a list gives classes to, and what is known of the classes. */
export interface Labelling {
  /** Relative to the dataset's folder, sorted. */
  readonly paths: readonly string[];
  /** The folder that holds the images, relative to the dataset's. */
  readonly split: string;
  readonly classes: Classes;
  /** How the config says that labels are to be read; undefined where the list has to tell by itself. */
  readonly labelFormat: LabelFormat | undefined;
}

/** One whole reading of a list: the class of every image, in the order of `paths`. */
interface Outcome {
  readonly layout: string;
  readonly how: string;
  readonly option: LabelFormat | undefined;
  readonly labels: readonly number[];
}

/**
 * The class of every image, from a list that names an image and its class in each row: columns between tabs, commas or
 * semicolons (RFC 4180, with a heading or without), or blanks between the two. Every way to read the list is tried, and
 * must give one and the same result: each image once, no other file, each label a class of the dataset.
 * @throws UserError exit code 65 where no way fits, naming what is in its way; or where two do, naming both.
 */
export function readLabelList(file: string, labelling: Labelling): number[] {
  const { paths, split, classes } = labelling;
  const images = new ImageNames(paths, split);
  const known = { isImage: (name: string) => images.matches(name), isLabel: labelMatcher(classes) };
  const problems: Problem[] = [];
  const outcomes: Outcome[] = [];
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
    outcomes.push(...interpretations.map((interpretation) => ({ ...interpretation, layout: layout.how })));
  }
  return onlyOutcome(file, outcomes, problems, labelling);
}

/**
 * The class of every image, from labels that stand in the order of the images' paths.
 * @throws UserError exit code 65 as `readLabelList`.
 */
export function readOrderedLabels(file: string, labels: readonly string[], labelling: Labelling): number[] {
  const { paths, classes, labelFormat } = labelling;
  if (labels.length !== paths.length) {
    throw dataError(`${file} has ${labels.length} lines for ${paths.length} images`);
  }
  const entries = paths.map((name, i) => ({ line: i + 1, name, label: labels[i]! }));
  const interpretations = findInterpretations(labels, classes, labelFormat);
  const problems = interpretations.length === 0 ? [classProblem(entries, labelling)] : [];
  const otherOrder = paths.map((_, image) => image).sort((a, b) => (naturalSortKey(paths[a]!) < naturalSortKey(paths[b]!) ? -1 : 1));
  const outcomes = interpretations.flatMap((interpretation) => [
    { ...interpretation, layout: 'the images sorted by name' },
    {
      ...interpretation,
      layout: 'the images sorted as people count',
      option: undefined,
      labels: inOrder(otherOrder, interpretation.labels),
    },
  ]);
  return onlyOutcome(file, outcomes, problems, labelling);
}

/** Line i of the list speaks of image `order[i]`. */
function inOrder(order: readonly number[], labels: readonly number[]): number[] {
  const result: number[] = [];
  order.forEach((image, line) => {
    result[image] = labels[line]!;
  });
  return result;
}

interface Problem {
  /** How far this way of reading came before it failed: names were found, or not even those. */
  readonly stage: 'names' | 'images' | 'classes';
  readonly row: number;
  readonly message: string;
}

/** The entries in the order of the images, each once; or what is wrong. */
function orderAsImages(
  { entries }: Layout,
  images: ImageNames,
  paths: readonly string[],
): { entries: readonly Entry[] } | Problem {
  const empty = entries.findIndex(({ label }) => label === '');
  if (entries.length === 0 || empty >= 0) {
    const where = empty < 0 ? '' : ` in line ${entries[empty]!.line}`;
    const message = `names no class${where}: expected an image and its class in each line`;
    return { stage: 'names', row: empty, message };
  }
  const found = images.resolve(entries.map(({ name }) => name));
  if ('problem' in found) {
    const { row, reason } = found.problem;
    const { line, name } = entries[row]!;
    return { stage: 'names', row, message: `names ${name} in line ${line}, ${reason}` };
  }
  const byImage = new Map<number, Entry>();
  for (const [row, entry] of entries.entries()) {
    const image = found.images[row]!;
    const before = byImage.get(image);
    if (before) return { stage: 'images', row, message: namedTwice(paths[image]!, before, entry) };
    byImage.set(image, entry);
  }
  const missing = paths.filter((_, image) => !byImage.has(image));
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
    const message = `does not name the class of ${missing[0]!}${more}`;
    return { stage: 'images', row: entries.length, message };
  }
  return { entries: paths.map((_, image) => byImage.get(image)!) };
}

const namedTwice = (path: string, before: Entry, entry: Entry): string =>
  `names ${path} twice: line ${before.line} says ${before.label}, line ${entry.line} says ${entry.label}`;

/** The first label that is no class, or no position where all are numbers. */
function classProblem(entries: readonly Entry[], { classes, labelFormat }: Labelling): Problem {
  const isNumber = ({ label }: Entry): boolean => /^\d+$/.test(label);
  const byLine = [...entries].sort((a, b) => a.line - b.line);
  const areMostNumbers = 2 * byLine.filter(isNumber).length > byLine.length;
  const positions = labelFormat === undefined ? areMostNumbers : labelFormat !== 'names';
  const count = classes.names.length;
  const known = new Set(classes.names.map((name) => name.normalize('NFC')));
  const first = labelFormat === 'positionsFromOne' ? 1 : 0;
  const isClass = (entry: Entry): boolean =>
    positions
      ? isNumber(entry) && Number(entry.label) - first < count && Number(entry.label) >= first
      : known.has(entry.label.normalize('NFC'));
  const wrong = byLine.find((entry) => !isClass(entry)) ?? byLine[0]!;
  const { line, label } = wrong;
  const [near] = nearest(label, classes.names, 1);
  const hint = near === undefined || positions || isNumber(wrong) ? '' : ` (did you mean "${near}"?)`;
  const range = `${count} classes, from ${first} to ${count - 1 + first}`;
  const message = positions
    ? `names the class number ${label} in line ${line}, which train does not have: it has ${range}`
    : `names the class ${label} in line ${line}, which train does not have${hint}`;
  return { stage: 'classes', row: line, message };
}

/** The one result that all readings give. */
function onlyOutcome(
  file: string,
  outcomes: readonly Outcome[],
  problems: readonly Problem[],
  { paths, classes }: Labelling,
): number[] {
  const [first] = outcomes;
  if (first === undefined) throw dataError(`${file} ${mostAdvanced(problems).message}`);
  for (const other of outcomes) {
    const image = other.labels.findIndex((label, i) => label !== first.labels[i]);
    if (image < 0) continue;
    const sameLayout = first.layout === other.layout;
    const reading = ({ layout, how, option, labels }: Outcome): string =>
      `${sameLayout ? '' : `${layout}, `}labels as ${how}: ${paths[image]!} is "${classes.names[labels[image]!]!}"` +
      (option === undefined ? '' : ` (labels: ${option})`);
    throw dataError(
      `${file} can be read in two ways: ${reading(first)}; or ${reading(other)}. ${howToFix(first, other)}`,
    );
  }
  return [...first.labels];
}

function howToFix(first: Outcome, other: Outcome): string {
  const option = first.option ?? other.option;
  if (first.layout !== other.layout || option === undefined)
    return 'Write the path of an image and the name of its class, and nothing else, into each line of a val.txt';
  return `Write the names of the classes into the list, or choose: labels: ${option} in the config, --labels ${option} on the command line`;
}

const STAGES = ['names', 'images', 'classes'] as const;

/** The problem of the reading that got furthest. */
const mostAdvanced = (problems: readonly Problem[]): Problem =>
  problems.reduce((best, problem) => (STAGES.indexOf(problem.stage) > STAGES.indexOf(best.stage) ? problem : best));
