import { configError } from '../base/errors.ts';
import { MOORE_MONTHS } from './fit.ts';
import type { EffectiveCompute, GrowthPart, TrendPoint } from './types.ts';

/** The growth in compute of the largest training runs from 2012 to 2018 (Amodei & Hernandez 2018, "AI and Compute"). */
export const AI_AND_COMPUTE = { factor: 300_000, from: 2012, to: 2018 } as const;

/** The largest reduction of all networks published until the end of a year; 1 before the first network. */
const reductionUntil = (points: readonly TrendPoint[], year: number): number =>
  points
    .filter(({ published }) => Number(published.slice(0, 4)) <= year)
    .reduce((max, { reduction }) => Math.max(max, reduction), 1);

const toPart = (factor: number, doublings: number): GrowthPart => ({
  factor,
  doublings: Math.log2(factor),
  share: doublings === 0 ? 0 : Math.log2(factor) / doublings,
});

/**
 * The growth of effective compute over whole years (Hernandez & Brown 2020, section 4.3): the growth in compute of the largest
 * runs times the gain in algorithmic efficiency. The growth in compute has two parts: hardware, which doubles in two years,
 * and spending, which is the rest. For years outside 2012 to 2018, the growth in compute is extrapolated.
 * @throws UserError exit code 78 if `to` is not later than `from`.
 */
export function effectiveCompute(points: readonly TrendPoint[], from: number, to: number): EffectiveCompute {
  if (to <= from) throw configError(`the period is ${from} to ${to}, expected a later year at its end`);
  const years = to - from;
  const compute = AI_AND_COMPUTE.factor ** (years / (AI_AND_COMPUTE.to - AI_AND_COMPUTE.from));
  const hardware = 2 ** ((years * 12) / MOORE_MONTHS);
  const algorithms = reductionUntil(points, to) / reductionUntil(points, from);
  const doublings = Math.log2(compute * algorithms);
  const isExtrapolated = from < AI_AND_COMPUTE.from || to > AI_AND_COMPUTE.to;
  return {
    from,
    to,
    hardware: toPart(hardware, doublings),
    spending: toPart(compute / hardware, doublings),
    algorithms: toPart(algorithms, doublings),
    factor: compute * algorithms,
    notes: isExtrapolated
      ? ['AI and Compute covers 2012 to 2018; before and after, its growth is continued at the same rate']
      : [],
  };
}
