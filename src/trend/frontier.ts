/** What one network needed at a level, in any unit where less is better. */
export interface ComputeNeeded {
  readonly network: string;
  /** YYYY-MM-DD. */
  readonly published: string;
  /** Positive and finite. */
  readonly value: number;
}

/** Oldest first; of one date the least need first, then by name, so that the order never depends on the files'. */
export const byDate = (a: ComputeNeeded, b: ComputeNeeded): number =>
  a.published < b.published
    ? -1
    : a.published > b.published
      ? 1
      : a.value - b.value || (a.network < b.network ? -1 : 1);

/**
 * The networks that needed less than all published before them: Hernandez & Brown 2020, section 4.1. Of one date only the
 * best counts, and a tie with an older network is no progress.
 */
export function frontierOf<T extends ComputeNeeded>(needs: readonly T[]): T[] {
  let best = Number.POSITIVE_INFINITY;
  return needs.toSorted(byDate).filter(({ value }) => {
    const better = value < best;
    if (better) best = value;
    return better;
  });
}
