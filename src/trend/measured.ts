import { groupBy } from '../base/group-by.ts';
import { formatCount, formatExactPercent, formatMetric, formatPercent } from '../base/text/format.ts';
import { anchorName } from './level-names.ts';
import type { FixedLevel } from '../config/level.ts';
import { crossingIndex, findCrossing } from '../results/crossing.ts';
import { inferenceMacs } from '../results/inference.ts';
import type { Crossing, Measurement } from '../results/measurement.ts';
import { computeAt } from './compute.ts';
import { endedBelow, endedBelowNotes } from './ended-below.ts';
import { fitTrend } from './fit.ts';
import { compareVariants, dateNotes, listVariants, runsOfSeeds, type Variant } from './networks.ts';
import { splitGains } from './split.ts';
import { compareNumbers, median } from './statistics.ts';
import type { Counts, Fit, LevelTrend, MeasureName, Sample, TrendPoint } from './types.ts';

/** Returns what a run needed up to a crossing, in the unit of a measure; null if the run lacks the measure. */
type NeedOf = (crossing: Crossing, run: Measurement) => number | null;

/** The energy up to a crossing in joules: the run's total energy in proportion to training time. */
const energyToCrossing: NeedOf = ({ trainingSeconds }, { totals }) =>
  totals.energyJoules === null || totals.seconds.training === 0
    ? null
    : (totals.energyJoules * trainingSeconds) / totals.seconds.training;

/** The cost up to a crossing, in the run's currency. */
const costToCrossing: NeedOf = ({ trainingSeconds }, { totals }) =>
  totals.cost === null ? null : (trainingSeconds / 3600) * totals.cost.perHour;

const measures: Readonly<Record<MeasureName, { unit: string; need: NeedOf }>> = {
  examples: { unit: 'images', need: ({ examples }) => examples },
  trainingSeconds: { unit: 's', need: ({ trainingSeconds }) => trainingSeconds },
  energyJoules: { unit: 'J', need: energyToCrossing },
  cost: { unit: 'money', need: costToCrossing },
  forwardMacs: { unit: 'MAC per image', need: (_, run) => inferenceMacs(run) },
};

/**
 * What a network needs to reach a level: one value per seed, infinite if the seed missed it. Null if a run lacks the measure.
 */
function toSample(variant: Variant, level: FixedLevel, need: NeedOf): Sample | null {
  const values = variant.runs.map((run) => {
    const crossing = findCrossing(run.curve, level);
    return crossing === null ? Number.POSITIVE_INFINITY : need(crossing, run);
  });
  return values.includes(null)
    ? null
    : { network: variant.network, published: variant.published, values: values as number[] };
}

/** What decides between the recipes of a network: the least compute, then the most seeds at the level. */
function scoreRecipe(variant: Variant, level: FixedLevel, counts: Counts): readonly [need: number, missed: number] {
  const sample = toSample(variant, level, (crossing) => computeAt(crossing, counts));
  const values = sample?.values ?? [];
  return [median(values), values.filter((value) => value === Number.POSITIVE_INFINITY).length];
}

/** For each network, the recipe that needs the least compute. Equal recipes have a fixed order, whatever the order of the files. */
function bestVariants(variants: readonly Variant[], level: FixedLevel, counts: Counts): Variant[] {
  return [...groupBy(variants, ({ network }) => network).values()].map((recipes) => {
    const scored = recipes.map((variant) => ({ variant, score: scoreRecipe(variant, level, counts) }));
    const [best] = scored.sort(
      (a, b) =>
        compareNumbers(a.score[0], b.score[0]) || a.score[1] - b.score[1] || compareVariants(a.variant, b.variant),
    );
    return best!.variant;
  });
}

function recipeNotes(variants: readonly Variant[], best: readonly Variant[]): string[] {
  return best.flatMap(({ network }) => {
    const recipes = variants.filter((variant) => variant.network === network).length;
    return recipes > 1 ? [`of ${recipes} recipes of ${network}, only the one with the least compute is used`] : [];
  });
}

/** Runs that repeat a seed of the same network and recipe are not counted as further seeds. */
const repeatNotes = (best: readonly Variant[]): string[] =>
  best
    .filter(({ repeats }) => repeats > 0)
    .map(
      ({ network, repeats }) =>
        `${formatCount(repeats, 'run')} of ${network} ${repeats === 1 ? 'repeats' : 'repeat'} a seed of the same recipe: one run per seed counts`,
    );

/** If a run's first evaluation is at the level, what it needs is only an upper bound. */
function firstEvaluationNotes(best: readonly Variant[], level: FixedLevel): string[] {
  return best
    .filter(({ runs }) => runs.some(({ curve }) => crossingIndex(curve, level) === 0))
    .map(({ network }) => `the first evaluation of ${network} already reaches the level, so it may need less`);
}

/** A run that its sweep stopped early needs an infinite amount, which may raise the median over seeds. */
function earlyStopNotes(best: readonly Variant[], level: FixedLevel): string[] {
  return best.flatMap(({ network, runs }) => {
    const stopped = runs.filter(({ status, curve }) => status === 'stoppedEarly' && crossingIndex(curve, level) < 0);
    return stopped.length === 0
      ? []
      : [
          `${stopped.length} of ${formatCount(runs.length, 'run')} of ${network} stopped early because another run needed less, so what they need is unknown`,
        ];
  });
}

/** A note if seconds, energy and cost come from different machines. */
function hardwareNotes(best: readonly Variant[]): string[] {
  const machines = new Set(
    best.flatMap(({ runs }) =>
      runs.map(({ environment: { cpu, threads, gpus } }) =>
        gpus.length > 0 ? gpus.map(({ name }) => name).join(', ') : `${cpu}, ${formatCount(threads, 'thread')}`,
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

/** The currencies of the runs that have a cost. */
const currenciesOf = (best: readonly Variant[]): string[] => [
  ...new Set(best.flatMap(({ runs }) => runs.flatMap(({ totals }) => totals.cost?.currency ?? []))),
];

function currencyNotes(best: readonly Variant[]): string[] {
  const currencies = currenciesOf(best);
  return currencies.length > 1
    ? [`the cost is not fitted, because it is in several currencies: ${currencies.join(', ')}`]
    : [];
}

/** The fits of the other measures that every network at the level has, in one unit. */
function measureFits(best: readonly Variant[], level: FixedLevel): LevelTrend['measures'] {
  const currencies = currenciesOf(best);
  const entries = Object.entries(measures).flatMap(([name, { unit, need }]) => {
    if (name === 'cost' && currencies.length > 1) return [];
    const samples = best.map((variant) => toSample(variant, level, need));
    if (samples.length === 0 || samples.includes(null)) return [];
    return [[name, { ...fitTrend(samples as Sample[]), unit: unit === 'money' ? currencies.join() : unit }] as const];
  });
  return Object.fromEntries(entries);
}

const levelName = ({ metric, value, anchor }: FixedLevel, data: string): string => {
  const accuracy = formatMetric(metric);
  return anchor === undefined
    ? `${accuracy} ${formatExactPercent(value)} on ${data}`
    : `${anchorName(anchor)}'s own ${accuracy}, ${formatPercent(value)} on ${data}`;
};

/**
 * The trend at one level, from the learning curves of measurements on the same images. Runs that ended at another level before they
 * reached this one are left out.
 * @param withMeasures whether to fit the other measures too.
 */
export function trendAtLevel(
  measurements: readonly Measurement[],
  level: FixedLevel,
  counts: Counts,
  withMeasures = true,
): LevelTrend {
  const variants = listVariants(
    measurements.filter((run) => !endedBelow(run, level)),
    level,
  );
  const best = bestVariants(variants, level, counts);
  const samples = best.map((variant) => toSample(variant, level, (crossing) => computeAt(crossing, counts))!);
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
    split: splitGains(points),
    measures: withMeasures && points.length > 0 ? measureFits(best, level) : {},
    notes: [
      ...notes,
      ...dateNotes(measurements),
      ...recipeNotes(variants, best),
      ...repeatNotes(best),
      ...firstEvaluationNotes(best, level),
      ...earlyStopNotes(best, level),
      ...endedBelowNotes(runsOfSeeds(measurements, level), level),
      ...hardwareNotes(best),
      ...currencyNotes(best),
    ],
  };
}
