import { fitTrend, MOORE_MONTHS, noDoubling } from '../fit.ts';
import { paperFlops, TERAFLOP_SECOND_DAY } from '../../base/paper-compute.ts';
import { splitOf } from '../split.ts';
import type { CountComparison, Counts, LevelTrend, TrendPoint } from '../types.ts';
import { monthsOfPeriod } from './claims.ts';
import type { ExactCounts, Published, TableRow } from './data.ts';

/** The published numbers of one network at a level. */
export interface Entry {
  readonly network: string;
  readonly published: string;
  readonly teraflopSecondDays: number;
  readonly epochs?: number;
  readonly forwardMacs?: number;
}

/** Training as Hernandez & Brown count it: 3 x forward x images per epoch x epochs, in teraflop/s-days. */
const trainingCompute = (epochs: number, forwardMacs: number, images: number): number =>
  (paperFlops(forwardMacs) * images * epochs) / TERAFLOP_SECOND_DAY;

interface LevelText {
  readonly level: string;
  readonly counts: Counts;
  readonly metric?: 'top5';
  readonly notes?: readonly string[];
}

function pointOf(entry: Entry, fitPoint: ReturnType<typeof fitTrend>['points'][number]): TrendPoint {
  const epochs = entry.epochs ?? null;
  return {
    network: entry.network,
    published: entry.published,
    teraflopSecondDays: entry.teraflopSecondDays,
    range: fitPoint.range,
    onFrontier: fitPoint.onFrontier,
    reduction: fitPoint.reduction,
    epochs,
    teraflopSecondDaysPerEpoch: epochs === null ? null : entry.teraflopSecondDays / epochs,
    seeds: 1,
    seedsAtLevel: 1,
    measurements: [],
  };
}

/** Inference efficiency, where the forward counts of all networks are known. */
function inferenceOf(entries: readonly Entry[]): LevelTrend['measures'] {
  const samples = entries.flatMap(({ network, published, forwardMacs }) =>
    forwardMacs === undefined ? [] : [{ network, published, values: [forwardMacs] }],
  );
  return samples.length === entries.length && samples.length > 0
    ? { forwardMacs: { ...fitTrend(samples), unit: 'MAC per example' } }
    : {};
}

/** The trend of the entries of one level. */
export function levelOf(entries: readonly Entry[], text: LevelText): LevelTrend {
  const {
    points: fitPoints,
    notes,
    ...fit
  } = fitTrend(entries.map((entry) => ({ ...entry, values: [entry.teraflopSecondDays] })));
  const points = fitPoints.map((fitPoint) =>
    pointOf(
      entries.find(({ network }) => network === fitPoint.network)!,
      fitPoint,
    ),
  );
  return {
    level: text.level,
    name: `${text.level}, published`,
    metric: text.metric ?? null,
    source: 'published',
    data: null,
    counts: text.counts,
    ...fit,
    points,
    notReached: [],
    split: splitOf(points),
    measures: inferenceOf(entries),
    notes: [...(text.notes ?? []), ...notes],
  };
}

export const alexNet = 'AlexNet (79.1 top-5)';
export const resNet50 = 'ResNet-50 (92.9 top-5)';

/** Table 3, every row recomputed from its epochs and its count. */
export const tableLevel = ({ alexnet_level: rows, additions }: Published): LevelTrend =>
  levelOf(
    rows.map((row) => entryOf(row, row.gigaflop_per_image * 1e9, additions.training_images)),
    { level: alexNet, counts: 'paper', metric: 'top5', notes: ["THOP's counts, as in Table 3"] },
  );

const entryOf = (
  { model, date, epochs }: Pick<TableRow, 'model' | 'date' | 'epochs'>,
  forwardMacs: number,
  images: number,
): Entry => ({
  network: model,
  published: date,
  teraflopSecondDays: trainingCompute(epochs, forwardMacs, images),
  epochs,
  forwardMacs,
});

/** Table 3's epochs with exact counts. */
export const tableEntries = ({ alexnet_level: rows, additions }: Published, { counts }: ExactCounts): Entry[] =>
  rows.flatMap((row) => {
    const exact = counts.find(({ network }) => network === row.model);
    return exact === undefined ? [] : [entryOf(row, exact.forwardMacs, additions.training_images)];
  });

/** Epochs of the ResNet-50 level with exact counts: 90 of the recipe for ResNet-50, 71 for EfficientNet-b1. */
export const resNetEntries = ({ recipe, additions }: Published, { counts }: ExactCounts): Entry[] =>
  additions.resnet50_level.flatMap(({ model, date, epochs = recipe.epochs }) => {
    const exact = counts.find(({ network }) => network === model);
    return exact === undefined ? [] : [entryOf({ model, date, epochs }, exact.forwardMacs, additions.training_images)];
  });

function exactTableLevel(published: Published, exact: ExactCounts): LevelTrend {
  const entries = tableEntries(published, exact);
  const notes = ["Table 3's epochs with exact counts (results/exact-counts.json) in place of THOP's"];
  return levelOf(entries, { level: alexNet, counts: 'exact', metric: 'top5', notes });
}

/** The rows of the public tracker for one level, errors and all. */
function trackerLevel({ tracker }: Published, level: string): LevelTrend {
  const entries = tracker.rows
    .filter((row) => row.level === level)
    .map((row) => ({ network: row.model, published: row.date, teraflopSecondDays: row.compute }));
  return levelOf(entries, {
    level: `${level}, tracker`,
    counts: 'paper',
    notes: ["the public tracker's rows as they stand, rounded and with its errors"],
  });
}

/** The ResNet-50 level with the tracker's errors corrected. */
const resNetLevel = ({ additions }: Published): LevelTrend =>
  levelOf(
    additions.resnet50_level.map((row) => ({
      network: row.model,
      published: row.date,
      teraflopSecondDays:
        row.teraflop_s_days ?? trainingCompute(row.epochs!, row.gigaflop_per_image! * 1e9, additions.training_images),
    })),
    {
      level: resNet50,
      counts: 'paper',
      metric: 'top5',
      notes: ["with EfficientNet-b1's factor 3 and ResNet-50's date put right"],
    },
  );

/** Translation from the FLOPs of Appendix A, with arXiv's dates. */
function translationLevels({ appendix_a: a, additions }: Published): LevelTrend[] {
  const dateOf = (model: string): string => additions.dates.find((row) => row.model === model)!.right;
  const entry = (network: string, flop: number): Entry => ({
    network,
    published: dateOf(network),
    teraflopSecondDays: flop / TERAFLOP_SECOND_DAY,
  });
  const base = a.transformer_base_flop * a.transformer_base_fraction_to_seq2seq_level;
  const big = a.transformer_big_flop * a.transformer_big_fraction_to_gnmt_level;
  const notes = ["FLOPs of Appendix A; the tracker's dates have month 1, these are arXiv's"];
  return [
    levelOf([entry('Seq2Seq Ensemble', a.seq2seq_flop), entry('Transformer Base', base)], {
      level: 'Seq2Seq (34.8 BLEU EN-FR)',
      counts: 'paper',
      notes,
    }),
    levelOf([entry('GNMT', a.gnmt_flop), entry('Transformer Big', big)], {
      level: 'GNMT (39.92 BLEU EN-FR)',
      counts: 'paper',
      notes,
    }),
  ];
}

/** Go and Dota: only a ratio and a period are published, so there are no points. */
function gameLevels({ appendix_a: a, table2 }: Published): LevelTrend[] {
  const go = a.alphazero_total_flop_decrease / (a.alphazero_steps_to_match / a.alphazero_steps_total);
  const rows = table2.filter(({ single_group: single }) => single === true);
  return rows.map(({ task, original, improved, factor: stated, period }) => {
    const factor = task === 'Go' ? go : stated;
    const months = monthsOfPeriod(period);
    return {
      ...levelOf([], { level: `${task} (${original} to ${improved})`, counts: 'paper' }),
      factor,
      doublingMonths: { ...noDoubling, endToEnd: months / Math.log2(factor) },
      moore: { factor: 2 ** (months / MOORE_MONTHS), months },
      notes: [`only a ratio and a period (${period}) are published; two systems of one group`],
    };
  });
}

/** All published levels, the AlexNet level of Table 3 first. */
export function publishedLevels(published: Published, exact: ExactCounts, counts: Counts | 'both'): LevelTrend[] {
  const table = [
    ...(counts === 'exact' ? [] : [tableLevel(published)]),
    ...(counts === 'paper' ? [] : [exactTableLevel(published, exact)]),
  ];
  return [
    ...table,
    trackerLevel(published, alexNet),
    resNetLevel(published),
    trackerLevel(published, resNet50),
    ...translationLevels(published),
    ...gameLevels(published),
  ];
}

/** The published counts beside exact ones, in Table 3's order. */
export const countComparisons = ({ alexnet_level: rows }: Published, { counts }: ExactCounts): CountComparison[] =>
  rows.flatMap(({ model, gigaflop_per_image: stated }) => {
    const exact = counts.find(({ network }) => network === model)?.forwardMacs;
    if (exact === undefined) return [];
    return [
      {
        network: model,
        statedGigaMacs: stated,
        exactGigaMacs: exact / 1e9,
        ratio: (stated * 1e9) / exact,
      },
    ];
  });
