import { jsonPath } from '../read.ts';

/** A problem in a file, with its place. */
export interface Finding {
  /** `curve[3].top5`, or a column's name; empty for the file as a whole. */
  readonly place: string;
  /** The line in the file, from 1; null if it is unknown. */
  readonly line: number | null;
  /** The text follows the place: `is 3, expected ...`. */
  readonly message: string;
  /** A `note` only keeps a valid measurement out of the public tracker. */
  readonly kind: 'error' | 'note';
}

/** A finding before its line in the file is known. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A problem at a path. */
export const problem = (path: readonly PropertyKey[], message: string): Problem => ({
  path,
  message,
});

/** Whether two numbers differ by at most a fraction `tolerance` of the larger one. */
const isClose = (a: number, b: number, tolerance: number): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));

/**
 * A problem if a number differs from its formula by more than the tolerance.
 * @param tolerance as a fraction of the larger number; by default, a few last bits of a double.
 */
export const mustEqual = (
  path: readonly PropertyKey[],
  actual: number,
  expected: number,
  formula: string,
  tolerance = 1e-15,
): Problem[] =>
  isClose(actual, expected, tolerance) ? [] : [problem(path, `is ${actual}, but ${formula} is ${expected}`)];

/** A problem with its line in the file. */
export const toFinding = (
  { path, message }: Problem,
  kind: Finding['kind'],
  lineOf: (path: readonly PropertyKey[]) => number | null,
): Finding => ({ place: jsonPath(path), line: lineOf(path), message, kind });
