import { TERAFLOP_SECOND_DAY } from '../base/paper-compute.ts';
import { formatExactPercent, formatMetric, formatPercent } from '../base/format.ts';
import { anchorName } from './level-names.ts';
import type { FixedLevel } from '../config/level.ts';
import { crossingIndex, findCrossing } from '../results/crossing.ts';
import type { Crossing, Measurement } from '../results/measurement.ts';
import { fitTrend } from './fit.ts';
import { listVariants, type Variant } from './networks.ts';
import { splitOf } from './split.ts';
import { median } from './statistics.ts';
import type { Counts, Fit, LevelTrend, MeasureName, Sample, TrendPoint } from './types.ts';

/** The need of one run that reached the level, or null if it lacks the measure. */
type Need = (crossing: Crossing, run: Measurement) => number | null;

/** Training compute up to a crossing in teraflop/s-days, by either count. */
export const computeOf = (crossing: Crossing, counts: Counts): number =>
  counts === 'exact' ? crossing.flops / TERAFLOP_SECOND_DAY : crossing.paperTeraflopSecondDays;

/** The energy of a run up to its crossing: its total energy in proportion to training time. */
const energyOf: Need = ({ trainingSeconds }, { totals }) =>
  totals.energyJoules === null || totals.seconds.training === 0
    ? null
    : (totals.energyJoules * trainingSeconds) / totals.seconds.training;

const computeCost: Need = ({ trainingSeconds }, { totals }) =>
  totals.cost === null ? null : (trainingSeconds / 3600) * totals.cost.perHour;

const measures: Readonly<Record<MeasureName, { unit: string; need: Need }>> = {
  examples: { unit: 'examples', need: ({ examples }) => examples },
  trainingSeconds: { unit: 's', need: ({ trainingSeconds }) => trainingSeconds },
  energyJoules: { unit: 'J', need: energyOf },
  cost: { unit: 'money', need: computeCost },
  forwardMacs: { unit: 'MAC per example', need: (_, { counts }) => counts.forwardMacsPerExample },
};

/** One value per seed: infinite if the curve stays below the level; null if a run lacks the measure. */
function sampleOf(variant: Variant, level: FixedLevel, need: Need): Sample | null {
  const values = variant.runs.map((run) => {
    const crossing = findCrossing(run.curve, level);
    return crossing === null ? Number.POSITIVE_INFINITY : need(crossing, run);
  });
  return values.includes(null)
    ? null
    : { network: variant.network, published: variant.published, values: values as number[] };
}

/** For each network the recipe with the least need. */
function bestVariants(variants: readonly Variant[], level: FixedLevel, counts: Counts): Variant[] {
  const best = new Map<string, { variant: Variant; need: number }>();
  for (const variant of variants) {
    const sample = sampleOf(variant, level, (crossing) => computeOf(crossing, counts));
    const need = median(sample?.values ?? []);
    const before = best.get(variant.network);
    if (before === undefined || need < before.need) best.set(variant.network, { variant, need });
  }
  return [...best.values()].map(({ variant }) => variant);
}

function recipeNotes(variants: readonly Variant[], best: readonly Variant[]): string[] {
  return best.flatMap(({ network }) => {
    const recipes = variants.filter((variant) => variant.network === network).length;
    return recipes > 1 ? [`the best of ${recipes} recipes counts for ${network}`] : [];
  });
}

/** Where the first evaluation is at the level, the need has only an upper bound. */
function firstEvaluationNotes(best: readonly Variant[], level: FixedLevel): string[] {
  return best
    .filter(({ runs }) => runs.some(({ curve }) => crossingIndex(curve, level) === 0))
    .map(({ network }) => `the first evaluation of ${network} is at the level already, so it may need less`);
}

/** A run that its sweep stopped early counts as an infinite need, which may raise the median over seeds. */
function earlyStopNotes(best: readonly Variant[], level: FixedLevel): string[] {
  return best.flatMap(({ network, runs }) => {
    const ended = runs.filter(({ status, curve }) => status === 'stoppedEarly' && crossingIndex(curve, level) < 0);
    return ended.length === 0
      ? []
      : [
          `${ended.length} of ${runs.length} runs of ${network} stopped early because other runs needed less, so their need is unknown`,
        ];
  });
}

/** A note where seconds, energy and cost come from different machines. */
function hardwareNotes(best: readonly Variant[]): string[] {
  const machines = new Set(
    best.flatMap(({ runs }) =>
      runs.map(({ environment: { cpu, threads, gpus } }) =>
        gpus.length > 0 ? gpus.map(({ name }) => name).join(', ') : `${cpu}, ${threads} threads`,
      ),
    ),
  );
  return machines.size > 1
    ? [`seconds, energy and cost come from different machines: ${[...machines].join('; ')}`]
    : [];
}

function trendPoints(fit: Fit, best: readonly Variant[], level: FixedLevel): TrendPoint[] {
  return fit.points.map(({ network, published, value, ...point }) => {
    const { runs } = best.find((variant) => variant.network === network)!;
    const crossings = runs.map(({ curve }) => findCrossing(curve, level));
    const epochs = median(crossings.map((crossing) => crossing?.epochs ?? Infinity));
    return {
      network,
      published,
      teraflopSecondDays: value,
      ...point,
      epochs,
      teraflopSecondDaysPerEpoch: epochs > 0 ? value / epochs : null,
      measurements: runs.map(({ id }) => id),
    };
  });
}

/** The fits of the other measures that every network at the level has. */
function measureFits(best: readonly Variant[], level: FixedLevel): LevelTrend['measures'] {
  const entries = Object.entries(measures).flatMap(([name, { unit, need }]) => {
    const samples = best.map((variant) => sampleOf(variant, level, need));
    if (samples.length === 0 || samples.includes(null)) return [];
    return [[name, { ...fitTrend(samples as Sample[]), unit: unitOf(unit, best) }] as const];
  });
  return Object.fromEntries(entries);
}

const unitOf = (unit: string, [first]: readonly Variant[]): string =>
  unit === 'money' ? (first?.runs[0]?.totals.cost?.currency ?? unit) : unit;

const levelName = ({ metric, value, anchor }: FixedLevel, data: string): string => {
  const accuracy = formatMetric(metric);
  return anchor === undefined
    ? `${accuracy} ${formatExactPercent(value)} on ${data}`
    : `${anchorName(anchor)}'s own ${accuracy}, ${formatPercent(value)} on ${data}`;
};

/**
 * The trend at one level, from the curves of measurements on the same images.
 * @param withMeasures whether to fit the other measures too.
 */
export function trendAtLevel(
  measurements: readonly Measurement[],
  level: FixedLevel,
  counts: Counts,
  withMeasures = true,
): LevelTrend {
  const variants = listVariants(measurements);
  const best = bestVariants(variants, level, counts);
  const samples = best.map((variant) => sampleOf(variant, level, (crossing) => computeOf(crossing, counts))!);
  const { points: fitPoints, notes, ...fit } = fitTrend(samples);
  const points = trendPoints({ ...fit, points: fitPoints, notes }, best, level);
  const data = measurements[0]?.data.name ?? 'no data';
  return {
    level: level.value,
    name: levelName(level, data),
    metric: level.metric,
    source: 'measured',
    data,
    counts,
    ...fit,
    points,
    notReached: best
      .map(({ network }) => network)
      .filter((network) => points.every((point) => point.network !== network)),
    split: splitOf(points),
    measures: withMeasures && points.length > 0 ? measureFits(best, level) : {},
    notes: [
      ...notes,
      ...recipeNotes(variants, best),
      ...firstEvaluationNotes(best, level),
      ...earlyStopNotes(best, level),
      ...hardwareNotes(best),
    ],
  };
}
