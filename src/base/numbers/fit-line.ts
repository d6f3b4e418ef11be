/** A part that may be left out. Parts with the highest rank are left out first, parts with rank 0 never. */
export interface Ranked {
  readonly rank: number;
}

/** Leaves out parts, one rank at a time, until `fits` returns true. At least one part always stays. */
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

/** Joins the parts that have a text in one line of at most `width` characters. The highest ranks are left out first. */
export const fitLine = (parts: readonly LinePart[], width: number): string =>
  joinParts(
    dropUntilFits(
      parts.filter(({ text }) => text !== ''),
      (kept) => joinParts(kept).length <= width,
    ),
  );
