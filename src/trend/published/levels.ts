import { fitTrend, MOORE_MONTHS, noDoubling } from '../fit.ts';
import { paperFlops, TERAFLOP_SECOND_DAY } from '../../base/numbers/paper-compute.ts';
import { splitGains } from '../split.ts';
import type { CountComparison, Counts, LevelTrend, TrendPoint } from '../types.ts';
import { monthsOfPeriod } from './claims.ts';
import type { ExactCounts, Published, TableRow } from './data.ts';

/** The published numbers of one network at a level. */
export interface PublishedEntry {
  readonly network: string;
  readonly published: string;
  readonly teraflopSecondDays: number;
  readonly epochs?: number;
  readonly forwardMacs?: number;
}

/** Paper compute (Hernandez & Brown 2020): 3 x forward MACs x images per epoch x epochs, in teraflop/s-days. */
const trainingCompute = (epochs: number, forwardMacs: number, images: number): number =>
  (paperFlops(forwardMacs) * images * epochs) / TERAFLOP_SECOND_DAY;

/** How a level is named and described. */
interface LevelDescription {
  readonly level: string;
  readonly counts: Counts;
  readonly metric?: 'top5';
  readonly notes?: readonly string[];
}

function toPoint(entry: PublishedEntry, fitPoint: ReturnType<typeof fitTrend>['points'][number]): TrendPoint {
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

/** The fit of forward MACs (inference efficiency), if those of all networks are known. */
function fitInference(entries: readonly PublishedEntry[]): LevelTrend['measures'] {
  const samples = entries.flatMap(({ network, published, forwardMacs }) =>
    forwardMacs === undefined ? [] : [{ network, published, values: [forwardMacs] }],
  );
  return samples.length === entries.length && samples.length > 0
    ? { forwardMacs: { ...fitTrend(samples), unit: 'MAC per image' } }
    : {};
}

/** The trend at one level, from its entries. */
export function fitLevel(entries: readonly PublishedEntry[], text: LevelDescription): LevelTrend {
  const {
    points: fitPoints,
    notes,
    ...fit
  } = fitTrend(entries.map((entry) => ({ ...entry, values: [entry.teraflopSecondDays] })));
  const points = fitPoints.map((fitPoint) =>
    toPoint(
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
    split: splitGains(points),
    measures: fitInference(entries),
    notes: [...(text.notes ?? []), ...notes],
  };
}

/** The names of the two levels on ImageNet. */
export const ALEXNET_LEVEL = 'AlexNet (79.1 top-5)';
export const RESNET50_LEVEL = 'ResNet-50 (92.9 top-5)';

/** The AlexNet level of Table 3. The compute of every row is recomputed from its epochs and its count. */
export const tableLevel = ({ alexnet_level: rows, additions }: Published): LevelTrend =>
  fitLevel(
    rows.map((row) => toEntry(row, row.gigaflop_per_image * 1e9, additions.training_images)),
    { level: ALEXNET_LEVEL, counts: 'paper', metric: 'top5', notes: ["THOP's counts, as in Table 3"] },
  );

const toEntry = (
  { model, date, epochs }: Pick<TableRow, 'model' | 'date' | 'epochs'>,
  forwardMacs: number,
  images: number,
): PublishedEntry => ({
  network: model,
  published: date,
  teraflopSecondDays: trainingCompute(epochs, forwardMacs, images),
  epochs,
  forwardMacs,
});

/** The networks of Table 3 that have exact counts: its epochs with these counts. */
export const tableEntries = (
  { alexnet_level: rows, additions }: Published,
  { counts }: ExactCounts,
): PublishedEntry[] =>
  rows.flatMap((row) => {
    const exact = counts.find(({ network }) => network === row.model);
    return exact === undefined ? [] : [toEntry(row, exact.forwardMacs, additions.training_images)];
  });

/** The networks at the ResNet-50 level that have exact counts: 90 epochs for ResNet-50, 71 for EfficientNet-b1. */
export const resNetEntries = ({ recipe, additions }: Published, { counts }: ExactCounts): PublishedEntry[] =>
  additions.resnet50_level.flatMap(({ model, date, epochs = recipe.epochs }) => {
    const exact = counts.find(({ network }) => network === model);
    return exact === undefined ? [] : [toEntry({ model, date, epochs }, exact.forwardMacs, additions.training_images)];
  });

function exactTableLevel(published: Published, exact: ExactCounts): LevelTrend {
  const entries = tableEntries(published, exact);
  const notes = ["Table 3's epochs with exact counts (results/exact-counts.json) in place of THOP's"];
  return fitLevel(entries, { level: ALEXNET_LEVEL, counts: 'exact', metric: 'top5', notes });
}

/** The rows of the public tracker for one level, with their errors. */
function trackerLevel({ tracker }: Published, level: string): LevelTrend {
  const entries = tracker.rows
    .filter((row) => row.level === level)
    .map((row) => ({ network: row.model, published: row.date, teraflopSecondDays: row.compute }));
  return fitLevel(entries, {
    level: `${level}, tracker`,
    counts: 'paper',
    notes: ["the public tracker's rows as they are, rounded and with their errors"],
  });
}

/** The ResNet-50 level with the tracker's errors corrected. */
const resNetLevel = ({ additions }: Published): LevelTrend =>
  fitLevel(
    additions.resnet50_level.map((row) => ({
      network: row.model,
      published: row.date,
      teraflopSecondDays:
        row.teraflop_s_days ?? trainingCompute(row.epochs!, row.gigaflop_per_image! * 1e9, additions.training_images),
    })),
    {
      level: RESNET50_LEVEL,
      counts: 'paper',
      metric: 'top5',
      notes: ["corrected: EfficientNet-b1's missing factor 3, and ResNet-50's date"],
    },
  );

/** The levels of translation, from the FLOPs of Appendix A and the dates of arXiv. */
function translationLevels({ appendix_a: a, additions }: Published): LevelTrend[] {
  const correctedDate = (model: string): string => additions.dates.find((row) => row.model === model)!.right;
  const entry = (network: string, flop: number): PublishedEntry => ({
    network,
    published: correctedDate(network),
    teraflopSecondDays: flop / TERAFLOP_SECOND_DAY,
  });
  const base = a.transformer_base_flop * a.transformer_base_fraction_to_seq2seq_level;
  const big = a.transformer_big_flop * a.transformer_big_fraction_to_gnmt_level;
  const notes = ['FLOPs of Appendix A; dates of arXiv, because those of the tracker all have month 1'];
  return [
    fitLevel([entry('Seq2Seq Ensemble', a.seq2seq_flop), entry('Transformer Base', base)], {
      level: 'Seq2Seq (34.8 BLEU EN-FR)',
      counts: 'paper',
      notes,
    }),
    fitLevel([entry('GNMT', a.gnmt_flop), entry('Transformer Big', big)], {
      level: 'GNMT (39.92 BLEU EN-FR)',
      counts: 'paper',
      notes,
    }),
  ];
}

/** The levels of Go and Dota. They have no points, because only a ratio and a period are published. */
function gameLevels({ appendix_a: a, table2 }: Published): LevelTrend[] {
  const go = a.alphazero_total_flop_decrease / (a.alphazero_steps_to_match / a.alphazero_steps_total);
  const rows = table2.filter(({ single_group: single }) => single === true);
  return rows.map(({ task, original, improved, factor: stated, period }) => {
    const factor = task === 'Go' ? go : stated;
    const months = monthsOfPeriod(period);
    return {
      ...fitLevel([], { level: `${task} (${original} to ${improved})`, counts: 'paper' }),
      factor,
      doublingMonths: { ...noDoubling, endToEnd: months / Math.log2(factor) },
      moore: { factor: 2 ** (months / MOORE_MONTHS), months },
      notes: [`only a ratio and a period (${period}) are published, for two systems of one group`],
    };
  });
}

/** All published levels; the first is the AlexNet level of Table 3. */
export function publishedLevels(published: Published, exact: ExactCounts, counts: Counts | 'both'): LevelTrend[] {
  const table = [
    ...(counts === 'exact' ? [] : [tableLevel(published)]),
    ...(counts === 'paper' ? [] : [exactTableLevel(published, exact)]),
  ];
  return [
    ...table,
    trackerLevel(published, ALEXNET_LEVEL),
    resNetLevel(published),
    trackerLevel(published, RESNET50_LEVEL),
    ...translationLevels(published),
    ...gameLevels(published),
  ];
}

/** The published counts and the exact ones, in the order of Table 3. */
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
