import type { SplitRow, TrendPoint } from './types.ts';

/**
 * The gain of each frontier network over the first one as a product: fewer epochs x less compute per epoch (Hernandez & Brown
 * 2020, Table 1).
 */
export function splitGains(points: readonly TrendPoint[]): SplitRow[] {
  const frontier = points.filter(({ onFrontier }) => onFrontier);
  const [first] = frontier;
  if (first === undefined) return [];
  return frontier.flatMap(({ network, epochs, teraflopSecondDaysPerEpoch: computePerEpoch, reduction }) =>
    epochs === null || computePerEpoch === null || !first.epochs || first.teraflopSecondDaysPerEpoch === null
      ? []
      : [
          {
            network,
            epochsFactor: first.epochs / epochs,
            flopPerEpochFactor: first.teraflopSecondDaysPerEpoch / computePerEpoch,
            efficiencyFactor: reduction,
          },
        ],
  );
}
