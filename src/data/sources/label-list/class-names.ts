import type { LabelFormat } from '../../request.ts';

/** The classes of a dataset. */
export interface Classes {
  /** In the dataset's order. */
  readonly names: readonly string[];
  /** The numbers of the classes, if classes.tsv has a column of numbers. */
  readonly numbers?: readonly number[] | undefined;
}

/** One way to read the labels of a whole list. */
export interface Interpretation {
  /** In words, after "labels as". */
  readonly how: string;
  /** The config option that selects it; undefined if only a changed list can. */
  readonly option: LabelFormat | undefined;
  /** The class of every row, as its position in the dataset's order. */
  readonly labels: readonly number[];
}

/** Returns the class of a label, or undefined if this interpretation has none. */
type Find = (text: string) => number | undefined;

interface Candidate extends Omit<Interpretation, 'labels'> {
  readonly find: Find;
}

const WHOLE_NUMBER = /^\d+$/;

/**
 * Every interpretation that gives each label of a list a class.
 * @param asked the interpretation of the config; undefined to try all.
 */
export function findInterpretations(
  texts: readonly string[],
  classes: Classes,
  asked: LabelFormat | undefined,
): Interpretation[] {
  const names = fittingCandidates(nameCandidates(classes), texts).slice(0, 1);
  const positions = (first: 0 | 1): Interpretation[] => {
    const candidates = positionCandidates(classes, first);
    return fittingCandidates(asked === undefined ? candidates : candidates.slice(0, 1), texts);
  };
  if (asked === 'names') return names;
  if (asked === 'positions') return positions(0);
  if (asked === 'positionsFromOne') return positions(1);
  // If the labels are names of classes, or classes.tsv has numbers, positions from 1 are not tried.
  const fromOne = names.length === 0 && classes.numbers === undefined;
  return [...names, ...positions(0), ...(fromOne ? positions(1) : [])];
}

/** A test whether text can be a label. */
export function labelMatcher({ names }: Classes): (text: string) => boolean {
  const known = new Set(names.map((name) => name.normalize('NFC')));
  return (text) => known.has(text.normalize('NFC')) || WHOLE_NUMBER.test(text);
}

const fittingCandidates = (candidates: readonly Candidate[], texts: readonly string[]): Interpretation[] =>
  candidates.flatMap(({ find, how, option }) => {
    const labels = texts.map((text) => find(text.normalize('NFC')));
    return labels.includes(undefined) ? [] : [{ how, option, labels: labels as number[] }];
  });

/** Exact names; if all names are numbers also by value, because spreadsheets drop leading zeros. */
function nameCandidates({ names }: Classes): Candidate[] {
  const exact = new Map(names.map((name, label) => [name.normalize('NFC'), label]));
  const candidate = { how: 'class names', option: 'names' } as const;
  const found = [{ ...candidate, find: (text: string) => exact.get(text) }];
  if (!names.every((name) => WHOLE_NUMBER.test(name))) return found;
  const values = new Map(names.map((name, label) => [BigInt(name), label]));
  if (values.size < names.length) return found;
  const find: Find = (text) => (WHOLE_NUMBER.test(text) ? values.get(BigInt(text)) : undefined);
  return [...found, { ...candidate, find }];
}

/** Positions in each plausible order of the classes, the dataset's own order first. */
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
    { order: sortedBy(naturalSortKey), word: 'in natural order', option: undefined },
  ] as const;
  return orders.map(({ order, word, option: named }) => ({
    how: `positions from ${first} in the classes ${word}`,
    option: named,
    find: (text) => (WHOLE_NUMBER.test(text) ? order[Number(text) - first] : undefined),
  }));
}

/** A sort key for natural order: ignores case, and 2 comes before 10. */
export const naturalSortKey = (name: string): string =>
  name.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(20, '0'));
