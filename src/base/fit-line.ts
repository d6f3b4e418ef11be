/** A part that can be left out: the highest rank first, rank 0 never. */
export interface Ranked {
  readonly rank: number;
}

/** Leaves out parts, one rank at a time, until `fits` holds; at least one part always stays. */
export function dropUntilFits<T extends Ranked>(
  parts: readonly T[],
  fits: (kept: readonly T[]) => boolean,
): readonly T[] {
  let kept = parts;
  while (kept.length > 1 && !fits(kept)) {
    const highest = kept.reduce((max, { rank }) => Math.max(max, rank), 0);
    const fewer = kept.filter(({ rank }) => rank === 0 || rank !== highest);
    if (fewer.length === 0 || fewer.length === kept.length) break;
    kept = fewer;
  }
  return kept;
}

/** A part of a line of text. */
export interface LinePart extends Ranked {
  readonly text: string;
}

const GAP = '  ';

const joinParts = (parts: readonly LinePart[]): string => parts.map(({ text }) => text).join(GAP);

/** The parts that have a text in one line of at most `width` characters; the least important ones are left out first. */
export const fitLine = (parts: readonly LinePart[], width: number): string =>
  joinParts(
    dropUntilFits(
      parts.filter(({ text }) => text !== ''),
      (kept) => joinParts(kept).length <= width,
    ),
  );
