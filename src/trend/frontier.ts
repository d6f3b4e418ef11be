/** What one network needed to reach a level, in any unit where less is better. */
export interface ComputeNeeded {
  readonly network: string;
  /** YYYY-MM-DD. */
  readonly published: string;
  /** Positive and finite. */
  readonly value: number;
}

/** Compares by date, then by need, then by name, so that the result does not depend on the order of files. */
export const compareByDate = (a: ComputeNeeded, b: ComputeNeeded): number =>
  a.published < b.published
    ? -1
    : a.published > b.published
      ? 1
      : a.value - b.value || (a.network < b.network ? -1 : 1);

/**
 * The frontier (Hernandez & Brown 2020, section 4.1): the networks that needed less than all networks published before them,
 * oldest first. Only the best network of each date counts. A network that needs as much as an older one is not on it.
 */
export function findFrontier<T extends ComputeNeeded>(needs: readonly T[]): T[] {
  let best = Number.POSITIVE_INFINITY;
  return needs.toSorted(compareByDate).filter(({ value }) => {
    const isBetter = value < best;
    if (isBetter) best = value;
    return isBetter;
  });
}
