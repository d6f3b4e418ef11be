import { jsonPath } from '../read.ts';

/** A problem in a file, with its place. */
export interface Finding {
  /** `curve[3].top5`, or a column's name; empty for the file as a whole. */
  readonly place: string;
  /** From 1; null if it is unknown. */
  readonly line: number | null;
  readonly message: string;
  /** A `note` only keeps a valid measurement out of the public tracker. */
  readonly kind: 'error' | 'note';
}

/** A finding before its line in the file is known. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export const problem = (path: readonly PropertyKey[], message: string): Problem => ({
  path,
  message,
});

/** A problem where a number differs from its formula by more than the last bits of a double. */
export function mustEqual(path: readonly PropertyKey[], is: number, expected: number, formula: string): Problem[] {
  const close = Math.abs(is - expected) <= 1e-15 * Math.max(Math.abs(is), Math.abs(expected));
  return close ? [] : [problem(path, `is ${is}, but ${formula} is ${expected}`)];
}

export const findingOf = (
  { path, message }: Problem,
  kind: Finding['kind'],
  lineOf: (path: readonly PropertyKey[]) => number | null,
): Finding => ({ place: jsonPath(path), line: lineOf(path), message, kind });
