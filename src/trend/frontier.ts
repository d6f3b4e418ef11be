/** What one network needed at a level, in any unit where less is better. */
export interface ComputeNeeded {
  readonly network: string;
  /** YYYY-MM-DD. */
  readonly published: string;
  /** Positive and finite. */
  readonly value: number;
}

/** By date, then by need, then by name: the order never depends on the order of files. */
export const byDate = (a: ComputeNeeded, b: ComputeNeeded): number =>
  a.published < b.published
    ? -1
    : a.published > b.published
      ? 1
      : a.value - b.value || (a.network < b.network ? -1 : 1);

/**
 * The networks that needed less than all networks published before them: Hernandez & Brown 2020, section 4.1. Only the best
 * network of each date counts, and a tie with an older network is not progress.
 */
export function frontierOf<T extends ComputeNeeded>(needs: readonly T[]): T[] {
  let best = Number.POSITIVE_INFINITY;
  return needs.toSorted(byDate).filter(({ value }) => {
    const better = value < best;
    if (better) best = value;
    return better;
  });
}
