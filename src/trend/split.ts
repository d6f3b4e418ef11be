import type { SplitRow, TrendPoint } from './types.ts';

/**
 * Table 1 of Hernandez & Brown 2020: the gain of each frontier network over the first one, as the product of fewer epochs and
 * less work per epoch.
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
