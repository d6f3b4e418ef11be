import type { SplitRow, TrendPoint } from './types.ts';

/**
 * Table 1 of Hernandez & Brown 2020: on the frontier, the gain over its first network as the product of fewer epochs and
 * less work an epoch.
 */
export function splitOf(points: readonly TrendPoint[]): SplitRow[] {
  const frontier = points.filter(({ onFrontier }) => onFrontier);
  const [first] = frontier;
  if (first === undefined) return [];
  return frontier.flatMap(({ network, epochs, teraflopSecondDaysPerEpoch: work, reduction }) =>
    epochs === null || work === null || !first.epochs || first.teraflopSecondDaysPerEpoch === null
      ? []
      : [
          {
            network,
            epochsFactor: first.epochs / epochs,
            flopPerEpochFactor: first.teraflopSecondDaysPerEpoch / work,
            efficiencyFactor: reduction,
          },
        ],
  );
}
