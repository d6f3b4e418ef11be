import type { Settings } from './candidates.ts';

/** A setting whose best value is the smallest or the largest of those that were tried. */
export interface EdgeValue {
  readonly key: string;
  readonly value: number;
  readonly edge: 'smallest' | 'largest';
}

/** With two values, the best one is always at an edge, which says nothing. */
const MIN_VALUES = 3;

/**
 * The settings whose best value is the smallest or the largest of at least three that were tried. A value outside of them may be better.
 */
export function findEdgeValues(best: Settings, tried: readonly Settings[]): EdgeValue[] {
  return Object.entries(best).flatMap<EdgeValue>(([key, value]) => {
    const values = [...new Set(tried.flatMap((settings) => settings[key] ?? []))];
    if (values.length < MIN_VALUES) return [];
    if (value === Math.min(...values)) return [{ key, value, edge: 'smallest' }];
    return value === Math.max(...values) ? [{ key, value, edge: 'largest' }] : [];
  });
}
