import { configError } from '../base/errors.ts';
import { MOORE_MONTHS } from './fit.ts';
import type { EffectiveCompute, Part, TrendPoint } from './types.ts';

/** AI and Compute (Amodei & Hernandez 2018): the largest runs of 2018 against those of 2012. */
export const AI_AND_COMPUTE = { factor: 300_000, from: 2012, to: 2018 } as const;

/** The largest reduction of all networks published until the end of a year; 1 before the first. */
const reductionBy = (points: readonly TrendPoint[], year: number): number =>
  points
    .filter(({ published }) => Number(published.slice(0, 4)) <= year)
    .reduce((most, { reduction }) => Math.max(most, reduction), 1);

const partOf = (factor: number, doublings: number): Part => ({
  factor,
  doublings: Math.log2(factor),
  share: doublings === 0 ? 0 : Math.log2(factor) / doublings,
});

/**
 * Effective compute over whole years (Hernandez & Brown 2020, section 4.3): the compute of the largest runs times the gain
 * in algorithmic efficiency. Hardware (a doubling in two years) explains one part of the compute, spending the rest. Years
 * outside 2012 to 2018 extrapolate the growth of AI and Compute, which is not measured there.
 */
export function effectiveCompute(points: readonly TrendPoint[], from: number, to: number): EffectiveCompute {
  if (to <= from) throw configError(`the period is ${from} to ${to}, expected a later year at its end`);
  const years = to - from;
  const compute = AI_AND_COMPUTE.factor ** (years / (AI_AND_COMPUTE.to - AI_AND_COMPUTE.from));
  const hardware = 2 ** ((years * 12) / MOORE_MONTHS);
  const algorithms = reductionBy(points, to) / reductionBy(points, from);
  const doublings = Math.log2(compute * algorithms);
  const extended = from < AI_AND_COMPUTE.from || to > AI_AND_COMPUTE.to;
  return {
    from,
    to,
    hardware: partOf(hardware, doublings),
    spending: partOf(compute / hardware, doublings),
    algorithms: partOf(algorithms, doublings),
    factor: compute * algorithms,
    notes: extended ? ['AI and Compute covers 2012 to 2018; its growth is continued evenly beyond'] : [],
  };
}
