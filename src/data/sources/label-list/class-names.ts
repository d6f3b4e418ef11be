import type { LabelFormat } from '../../../config/data.ts';

/** The classes of a dataset, as lists of labels may name them. */
export interface Classes {
  /** In the dataset's order. */
  readonly names: readonly string[];
  /** The numbers that classes.tsv gives them in a column of its own, where it does. */
  readonly numbers?: readonly number[] | undefined;
}

/** One way to take the labels of a whole list. */
export interface Interpretation {
  /** In words, after "with its labels as". */
  readonly how: string;
  /** What to say in a config to have it so; undefined where the list has to be changed for it. */
  readonly option: LabelFormat | undefined;
  /** The class of every row, as its position in the dataset's order. */
  readonly labels: readonly number[];
}

/** Gives the class of a label, or undefined where it has none in this meaning. */
type Find = (text: string) => number | undefined;

interface Candidate extends Omit<Interpretation, 'labels'> {
  readonly find: Find;
}

const WHOLE_NUMBER = /^\d+$/;

/** Every meaning that gives all labels of a list a class. `asked`: what the config says, else all are tried. */
export function findInterpretations(texts: readonly string[], classes: Classes, asked: LabelFormat | undefined): Interpretation[] {
  const names = fittingCandidates(nameCandidates(classes), texts).slice(0, 1);
  const positions = (first: 0 | 1): Interpretation[] => {
    const candidates = positionCandidates(classes, first);
    return fittingCandidates(asked === undefined ? candidates : candidates.slice(0, 1), texts);
  };
  if (asked === 'names') return names;
  if (asked === 'positions') return positions(0);
  if (asked === 'positionsFromOne') return positions(1);
  // A label that is the very name of a class, or its number in classes.tsv, is no position from 1.
  const fromOne = names.length === 0 && classes.numbers === undefined;
  return [...names, ...positions(0), ...(fromOne ? positions(1) : [])];
}

/** Whether a label can stand for a class at all. */
export function labelMatcher({ names }: Classes): (text: string) => boolean {
  const known = new Set(names.map((name) => name.normalize('NFC')));
  return (text) => known.has(text.normalize('NFC')) || WHOLE_NUMBER.test(text);
}

const fittingCandidates = (candidates: readonly Candidate[], texts: readonly string[]): Interpretation[] =>
  candidates.flatMap(({ find, how, option }) => {
    const labels = texts.map((text) => find(text.normalize('NFC')));
    return labels.includes(undefined) ? [] : [{ how, option, labels: labels as number[] }];
  });

/** Names as they are; else, where all are numbers, by their value: spreadsheets drop leading zeros. */
function nameCandidates({ names }: Classes): Candidate[] {
  const exact = new Map(names.map((name, label) => [name.normalize('NFC'), label]));
  const candidate = { how: 'names of classes', option: 'names' } as const;
  const found = [{ ...candidate, find: (text: string) => exact.get(text) }];
  if (!names.every((name) => WHOLE_NUMBER.test(name))) return found;
  const values = new Map(names.map((name, label) => [BigInt(name), label]));
  if (values.size < names.length) return found;
  const find: Find = (text) => (WHOLE_NUMBER.test(text) ? values.get(BigInt(text)) : undefined);
  return [...found, { ...candidate, find }];
}

/** Positions in each order that a list's maker may have had in mind, the dataset's own first. */
function positionCandidates({ names, numbers }: Classes, first: 0 | 1): Candidate[] {
  const option = first === 0 ? 'positions' : 'positionsFromOne';
  if (numbers !== undefined && first === 0) {
    const byNumber = new Map(numbers.map((number, label) => [number, label]));
    const find: Find = (text) => (WHOLE_NUMBER.test(text) ? byNumber.get(Number(text)) : undefined);
    return [{ how: 'the numbers of classes.tsv', option, find }];
  }
  const labels = names.map((_, label) => label);
  const sortedBy = (key: (name: string) => string): number[] =>
    [...labels].sort((a, b) => (key(names[a]!) < key(names[b]!) ? -1 : 1));
  const sorted = sortedBy((name) => name);
  const isSorted = sorted.every((label, i) => label === i);
  const orders = [
    { order: labels, word: isSorted ? 'sorted by name' : 'as in classes.tsv', option },
    { order: sorted, word: 'sorted by name', option: undefined },
    { order: sortedBy(naturalSortKey), word: 'sorted as people count', option: undefined },
  ] as const;
  return orders.map(({ order, word, option: named }) => ({
    how: `positions from ${first} in the classes ${word}`,
    option: named,
    find: (text) => (WHOLE_NUMBER.test(text) ? order[Number(text) - first] : undefined),
  }));
}

/** Without regard to capitals, and with 2 before 10. */
export const naturalSortKey = (name: string): string =>
  name.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(20, '0'));
