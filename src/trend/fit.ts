import { extremes } from '../base/extremes.ts';
import { bootstrap } from './bootstrap.ts';
import { monthsBetween } from './dates.ts';
import { byDate, frontierOf, type ComputeNeeded } from './frontier.ts';
import { leastSquares, median, studentT, theilSenSlope, type Line } from './statistics.ts';
import type { DoublingMonths, Fit, FitPoint, FittedLine, Interval, Sample } from './types.ts';

/** Moore's law as in Hernandez & Brown 2020: a doubling in two years. */
export const MOORE_MONTHS = 24;

export const noDoubling: DoublingMonths = {
  endToEnd: null,
  leastSquares: null,
  leastSquares95: null,
  bootstrap95: null,
  leaveOneOut: [],
  theilSen: null,
};

/** The months in which the need halves, from the slope of log2(need) per month; null if the need does not fall. */
const halvingMonths = (slope: number | undefined): number | null =>
  slope !== undefined && slope < 0 ? -1 / slope : null;

const monthsOf = (needs: readonly ComputeNeeded[]): number[] =>
  needs.map(({ published }) => monthsBetween(needs[0]!.published, published));

const lineOf = (frontier: readonly ComputeNeeded[]): Line | undefined =>
  leastSquares(
    monthsOf(frontier),
    frontier.map(({ value }) => Math.log2(value)),
  );

/** The t interval of the slope, in months; without an upper bound where it includes slopes of 0 and above. */
function interval95(line: Line | undefined): Interval | null {
  if (line?.slopeError == null) return null;
  const reach = studentT(0.95, line.degreesOfFreedom) * line.slopeError;
  return [halvingMonths(line.slope - reach), halvingMonths(line.slope + reach)];
}

const fittedLine = (line: Line | undefined, from: string): FittedLine | null =>
  line === undefined
    ? null
    : {
        from,
        slopePerMonth: line.slope,
        intercept: line.intercept,
        residualDeviation: line.residualDeviation,
        degreesOfFreedom: line.degreesOfFreedom,
        meanMonths: line.meanX,
        sumSquaresMonths: line.sumSquaresX,
        t95: line.degreesOfFreedom > 0 ? studentT(0.95, line.degreesOfFreedom) : null,
      };

const leaveOneOut = (needs: readonly ComputeNeeded[]): DoublingMonths['leaveOneOut'] =>
  needs.map(({ network }) => ({
    without: network,
    months: halvingMonths(lineOf(frontierOf(needs.filter((need) => need.network !== network)))?.slope),
  }));

const theilSen = (frontier: readonly ComputeNeeded[]): number | null =>
  halvingMonths(
    theilSenSlope(
      monthsOf(frontier),
      frontier.map(({ value }) => Math.log2(value)),
    ),
  );

/** Why there is no fit, in one sentence; undefined if there is a fit. */
function reasonForNoFit(needs: readonly ComputeNeeded[], frontier: readonly ComputeNeeded[]): string | undefined {
  const [only] = needs;
  if (only === undefined) return 'no network reaches this level, so there is nothing to fit';
  if (needs.length === 1) return `only ${only.network} reaches this level; a doubling time needs at least two networks`;
  if (needs.every(({ published }) => published === only.published))
    return `all networks at this level were published on ${only.published}, so there is no time to fit over`;
  if (frontier.length === 1)
    return `no network published after ${frontier[0]!.network} needed less, so there is no progress to fit`;
  return undefined;
}

const isUsable = (value: number): boolean => Number.isFinite(value) && value > 0;

/** The medians over seeds, without the networks that miss the level with the median seed. */
function needsOf(samples: readonly Sample[]): ComputeNeeded[] {
  return samples
    .map(({ network, published, values }) => ({ network, published, value: median(values) }))
    .filter(({ value }) => isUsable(value))
    .toSorted(byDate);
}

function pointsOf(
  samples: readonly Sample[],
  needs: readonly ComputeNeeded[],
  frontier: readonly ComputeNeeded[],
): FitPoint[] {
  return needs.map((need) => {
    const values = samples.find(({ network }) => network === need.network)?.values ?? [];
    const finite = values.filter(isUsable);
    return {
      ...need,
      range: extremes(finite),
      seeds: values.length,
      seedsAtLevel: finite.length,
      onFrontier: frontier.includes(need),
      reduction: frontier[0]!.value / need.value,
    };
  });
}

const twoOnly = 'two networks make the frontier, so the least-squares line has no interval';
const unfitted = { doublingMonths: noDoubling, moore: null, line: null, bootstrap: null };

function fitted(
  samples: readonly Sample[],
  needs: readonly ComputeNeeded[],
  frontier: readonly ComputeNeeded[],
): Omit<Fit, 'points'> {
  const [first, last] = [frontier[0]!, frontier.at(-1)!];
  const months = monthsBetween(first.published, last.published);
  const { interval, resamples, withoutProgress } = bootstrap(samples);
  const line = lineOf(frontier);
  return {
    factor: first.value / last.value,
    doublingMonths: {
      endToEnd: months / Math.log2(first.value / last.value),
      leastSquares: halvingMonths(line?.slope),
      leastSquares95: interval95(line),
      bootstrap95: interval,
      leaveOneOut: leaveOneOut(needs),
      theilSen: theilSen(frontier),
    },
    moore: { factor: 2 ** (months / MOORE_MONTHS), months },
    line: fittedLine(line, first.published),
    bootstrap: { resamples, withoutProgress },
    notes: frontier.length === 2 ? [twoOnly] : [],
  };
}

/**
 * The trend of the needs of networks, in any unit where less is better: the frontier by publication date, its reduction, and
 * the doubling time by every estimator of docs/trend.md. Networks must have distinct names.
 */
export function fitTrend(samples: readonly Sample[]): Fit {
  const needs = needsOf(samples);
  const frontier = frontierOf(needs);
  const points = pointsOf(samples, needs, frontier);
  const reason = reasonForNoFit(needs, frontier);
  return reason === undefined
    ? { ...fitted(samples, needs, frontier), points }
    : { ...unfitted, factor: points.length > 0 ? 1 : null, points, notes: [reason] };
}
