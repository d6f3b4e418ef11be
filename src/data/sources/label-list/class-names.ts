import type { LabelFormat } from '../../request.ts';

/** The classes of a dataset, as labels may name them. */
export interface Classes {
  /** In the dataset's order. */
  readonly names: readonly string[];
  /** The numbers of the classes, if classes.tsv has a column of numbers. */
  readonly numbers?: readonly number[] | undefined;
}

/** One way to read the labels of a whole list. */
export interface Interpretation {
  /** In words; the text follows "labels as". */
  readonly how: string;
  /** The value of the config's `labels` that selects it; undefined if no value does. */
  readonly option: LabelFormat | undefined;
  /** The class of every row, as its index in the dataset's order. */
  readonly labels: readonly number[];
}

/** Returns the class of a label; undefined if the label is not a class. */
type FindClass = (text: string) => number | undefined;

interface Candidate extends Omit<Interpretation, 'labels'> {
  readonly find: FindClass;
}

const WHOLE_NUMBER = /^\d+$/;

/**
 * Every interpretation in which each label of a list is a class.
 * @param requested the interpretation that the config selects; undefined to try all.
 */
export function findInterpretations(
  texts: readonly string[],
  classes: Classes,
  requested: LabelFormat | undefined,
): Interpretation[] {
  const names = fittingCandidates(nameCandidates(classes), texts).slice(0, 1);
  const positions = (first: 0 | 1): Interpretation[] => {
    const candidates = positionCandidates(classes, first);
    return fittingCandidates(requested === undefined ? candidates : candidates.slice(0, 1), texts);
  };
  if (requested === 'names') return names;
  if (requested === 'positions') return positions(0);
  if (requested === 'positionsFromOne') return positions(1);
  // Positions from 1 are not tried if the labels are names of classes, or if classes.tsv has numbers.
  const fromOne = names.length === 0 && classes.numbers === undefined;
  return [...names, ...positions(0), ...(fromOne ? positions(1) : [])];
}

/** Returns a function that tells whether text can be a label. */
export function labelMatcher({ names }: Classes): (text: string) => boolean {
  const known = new Set(names.map((name) => name.normalize('NFC')));
  return (text) => known.has(text.normalize('NFC')) || WHOLE_NUMBER.test(text);
}

const fittingCandidates = (candidates: readonly Candidate[], texts: readonly string[]): Interpretation[] =>
  candidates.flatMap(({ find, how, option }) => {
    const labels = texts.map((text) => find(text.normalize('NFC')));
    return labels.includes(undefined) ? [] : [{ how, option, labels: labels as number[] }];
  });

/** Labels as exact names. If all names are numbers, also by value, because spreadsheets drop leading zeros. */
function nameCandidates({ names }: Classes): Candidate[] {
  const exact = new Map(names.map((name, label) => [name.normalize('NFC'), label]));
  const candidate = { how: 'class names', option: 'names' } as const;
  const candidates = [{ ...candidate, find: (text: string) => exact.get(text) }];
  if (!names.every((name) => WHOLE_NUMBER.test(name))) return candidates;
  const values = new Map(names.map((name, label) => [BigInt(name), label]));
  if (values.size < names.length) return candidates;
  const findByValue: FindClass = (text) => (WHOLE_NUMBER.test(text) ? values.get(BigInt(text)) : undefined);
  return [...candidates, { ...candidate, find: findByValue }];
}

/** Labels as positions in each plausible order of the classes, the dataset's own order first. */
function positionCandidates({ names, numbers }: Classes, first: 0 | 1): Candidate[] {
  const option = first === 0 ? 'positions' : 'positionsFromOne';
  if (numbers !== undefined && first === 0) {
    const byNumber = new Map(numbers.map((number, label) => [number, label]));
    const find: FindClass = (text) => (WHOLE_NUMBER.test(text) ? byNumber.get(Number(text)) : undefined);
    return [{ how: 'the numbers of classes.tsv', option, find }];
  }
  const labels = names.map((_, label) => label);
  const sortedBy = (key: (name: string) => string): number[] =>
    [...labels].sort((a, b) => (key(names[a]!) < key(names[b]!) ? -1 : 1));
  const sorted = sortedBy((name) => name);
  const isSorted = sorted.every((label, i) => label === i);
  const orders = [
    { order: labels, description: isSorted ? 'sorted by name' : 'as in classes.tsv', option },
    { order: sorted, description: 'sorted by name', option: undefined },
    { order: sortedBy(naturalSortKey), description: 'in natural order', option: undefined },
  ] as const;
  return orders.map(({ order, description, option: selectedBy }) => ({
    how: `positions from ${first} in the classes ${description}`,
    option: selectedBy,
    find: (text) => (WHOLE_NUMBER.test(text) ? order[Number(text) - first] : undefined),
  }));
}

/** A sort key for natural order: ignores case, and 2 comes before 10. */
export const naturalSortKey = (name: string): string =>
  name.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(20, '0'));
