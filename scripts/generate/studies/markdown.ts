import { formatInterval, formatMonths, formatNumber } from '../../../src/base/text/format.ts';
import type { LevelTrend, PooledTrend } from '../../../src/trend/types.ts';

/** A factor as `2.1x`; null without a frontier. */
export const times = (factor: number | null): string | null => (factor === null ? null : `${formatNumber(factor)}x`);

/** Months with the bootstrap interval: `16.1 (9.1 to 18.3)`. */
export function monthsText({ doublingMonths: { leastSquares, bootstrap95 } }: LevelTrend): string | null {
  if (leastSquares === null) return null;
  return bootstrap95 === null
    ? formatMonths(leastSquares)
    : `${formatMonths(leastSquares)} (${formatInterval(bootstrap95)})`;
}

/** Months over all levels with their interval: `16.1 (9.1 to 18.3)`; null without a result. */
export function pooledMonths(pooled: PooledTrend | undefined): string | null {
  if (pooled?.months == null) return null;
  return pooled.interval95 === null
    ? formatMonths(pooled.months)
    : `${formatMonths(pooled.months)} (${formatInterval(pooled.interval95)})`;
}

/** The level without the name of the dataset: `AlexNet's own top-1, 51.7 %`. */
export const levelText = ({ name, data }: LevelTrend): string => name.replace(` on ${data ?? ''}`, '');

/** `1 seed` or `1 to 3 seeds`. */
export function seedsText(counts: readonly number[]): string {
  const [min, max] = [Math.min(...counts), Math.max(...counts)];
  return min === max ? `${max} ${max === 1 ? 'seed' : 'seeds'}` : `${min} to ${max} seeds`;
}
