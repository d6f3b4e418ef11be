import { formatMonths } from '../base/text/format.ts';
import type { DoublingMonths } from './types.ts';

type Estimate = DoublingMonths['leaveOneOut'][number];

/** Without progress, the need never halves: that is more than any number of months. */
const monthsOf = ({ months }: Estimate): number => months ?? Number.POSITIVE_INFINITY;

/** The smallest and the largest estimate with one network left out; null if there is no progress without any of them. */
function extremeEstimates(estimates: readonly Estimate[]): readonly [Estimate, Estimate] | null {
  if (estimates.every(({ months }) => months === null)) return null;
  const largest = Math.max(...estimates.map(monthsOf));
  const smallest = Math.min(...estimates.map(monthsOf));
  const find = (months: number): Estimate => estimates.find((estimate) => monthsOf(estimate) === months)!;
  return [find(smallest), find(largest)];
}

/** `12.1 to 15.9`, or `12.1 to no trend` if nothing falls without one of the networks. @param nameOf adds what is left out. */
export function leaveOneOutText(
  estimates: readonly Estimate[],
  nameOf: (network: string) => string = () => '',
): string | null {
  const extremes = extremeEstimates(estimates);
  if (extremes === null) return null;
  const text = ({ without, months }: Estimate): string =>
    `${months === null ? 'no trend' : formatMonths(months)}${nameOf(without)}`;
  return extremes.map(text).join(' to ');
}
