import { extremes } from '../base/numbers/extremes.ts';
import { bootstrap } from './bootstrap.ts';
import { monthsBetween } from './dates.ts';
import { compareByDate, findFrontier, type ComputeNeeded } from './frontier.ts';
import { leastSquares, median, studentT, theilSenSlope, type Line } from './statistics.ts';
import type { DoublingMonths, Fit, FitPoint, FittedLine, Interval, Sample } from './types.ts';

/** Moore's law as in Hernandez & Brown 2020: a doubling in two years. In months. */
export const MOORE_MONTHS = 24;

/** The estimates if there is no trend. */
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

/** The months from the first network to each network. */
const monthsFromFirst = (needs: readonly ComputeNeeded[]): number[] =>
  needs.map(({ published }) => monthsBetween(needs[0]!.published, published));

const fitLine = (frontier: readonly ComputeNeeded[]): Line | undefined =>
  leastSquares(
    monthsFromFirst(frontier),
    frontier.map(({ value }) => Math.log2(value)),
  );

/** The 95 % t interval of the slope, in months. It has no upper bound if it includes slopes of 0 and above. */
function interval95(line: Line | undefined): Interval | null {
  if (line?.slopeError == null) return null;
  const halfWidth = studentT(0.95, line.degreesOfFreedom) * line.slopeError;
  return [halvingMonths(line.slope - halfWidth), halvingMonths(line.slope + halfWidth)];
}

const toFittedLine = (line: Line | undefined, from: string): FittedLine | null =>
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
    months: halvingMonths(fitLine(findFrontier(needs.filter((need) => need.network !== network)))?.slope),
  }));

const theilSen = (frontier: readonly ComputeNeeded[]): number | null =>
  halvingMonths(
    theilSenSlope(
      monthsFromFirst(frontier),
      frontier.map(({ value }) => Math.log2(value)),
    ),
  );

/** Why there is no fit, in one sentence; undefined if there is a fit. */
function reasonForNoFit(needs: readonly ComputeNeeded[], frontier: readonly ComputeNeeded[]): string | undefined {
  const [first] = needs;
  if (first === undefined) return 'no network reaches this level, so there is nothing to fit';
  if (needs.length === 1)
    return `only ${first.network} reaches this level; a doubling time needs at least two networks`;
  if (needs.every(({ published }) => published === first.published))
    return `all networks at this level were published on ${first.published}, so there is no time to fit over`;
  if (frontier.length === 1)
    return `no network published after ${frontier[0]!.network} needed less, so there is no progress to fit`;
  return undefined;
}

const isUsable = (value: number): boolean => Number.isFinite(value) && value > 0;

/** The median over seeds of each network, without the networks with a median seed that missed the level. */
function medianNeeds(samples: readonly Sample[]): ComputeNeeded[] {
  return samples
    .map(({ network, published, values }) => ({ network, published, value: median(values) }))
    .filter(({ value }) => isUsable(value))
    .toSorted(compareByDate);
}

function toFitPoints(
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

const TWO_NETWORKS = 'the frontier has only two networks, so the least-squares line has no t interval';
const NO_FIT = { doublingMonths: noDoubling, moore: null, line: null, bootstrap: null };

/** The fit of a frontier with at least two dates. */
function fitFrontier(
  samples: readonly Sample[],
  needs: readonly ComputeNeeded[],
  frontier: readonly ComputeNeeded[],
): Omit<Fit, 'points'> {
  const [first, last] = [frontier[0]!, frontier.at(-1)!];
  const months = monthsBetween(first.published, last.published);
  const { interval, resamples, withoutProgress } = bootstrap(samples);
  const line = fitLine(frontier);
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
    line: toFittedLine(line, first.published),
    bootstrap: { resamples, withoutProgress },
    notes: frontier.length === 2 ? [TWO_NETWORKS] : [],
  };
}

/**
 * Fits the trend of what networks need, in any unit where less is better: the frontier by publication date, its reduction, and
 * the doubling time by every estimator in docs/trend.md, in months. Networks must have distinct names. Without a trend, the
 * estimates are null and `notes` says why.
 */
export function fitTrend(samples: readonly Sample[]): Fit {
  const needs = medianNeeds(samples);
  const frontier = findFrontier(needs);
  const points = toFitPoints(samples, needs, frontier);
  const reason = reasonForNoFit(needs, frontier);
  return reason === undefined
    ? { ...fitFrontier(samples, needs, frontier), points }
    : { ...NO_FIT, factor: points.length > 0 ? 1 : null, points, notes: [reason] };
}
