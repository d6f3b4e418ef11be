import { paperFlops, TERAFLOP_SECOND_DAY } from '../../base/numbers/paper-compute.ts';
import type { LevelTrend } from '../types.ts';
import type { ExactCounts, LogRow, Published } from './data.ts';
import { ALEXNET_LEVEL, fitLevel, RESNET50_LEVEL, resNetEntries, tableEntries, type PublishedEntry } from './levels.ts';

/** The forward MACs per image in each epoch of a log. @throws RangeError if results/exact-counts.json lacks a size. */
function macsPerEpoch({ name, model, blurPool = false, sizes }: LogRow, { logged }: ExactCounts): number[] {
  return sizes.flatMap(({ input, epochs }) => {
    const count = logged.find((entry) => entry.model === model && entry.input === input && entry.blurPool === blurPool);
    if (count === undefined) throw new RangeError(`${name}: results/exact-counts.json has no ${model} at ${input} px`);
    return Array.from({ length: epochs }, () => count.forwardMacs);
  });
}

/** The number of epochs until the accuracy, rounded to 0.1 %, reaches a level (in percent); 0 if it does not. */
export const epochsToLevel = ({ top5 }: LogRow, level: number): number =>
  top5.findIndex((accuracy) => Math.round(accuracy * 10 + 1e-9) / 10 >= level) + 1;

/**
 * The paper compute of a log up to a level (in percent): 3 x forward MACs x images, summed over the epochs up to the first one
 * at the level, each at its own image size. Undefined if the curve does not reach the level.
 */
export function loggedEntry(
  row: LogRow,
  level: number,
  published: Published,
  exact: ExactCounts,
): PublishedEntry | undefined {
  const epochs = epochsToLevel(row, level);
  if (epochs === 0) return undefined;
  const macs = macsPerEpoch(row, exact)
    .slice(0, epochs)
    .reduce((sum, epochMacs) => sum + epochMacs, 0);
  const compute = (paperFlops(macs) * published.logs.images_per_epoch) / TERAFLOP_SECOND_DAY;
  return { network: row.name, published: row.date, teraflopSecondDays: compute, epochs };
}

/** A day in the name of a level; of the last day of a year, only the year. */
const untilText = (until: string): string => until.replace(/-12-31$/, '');

/** A level of the paper. */
interface LoggedLevel {
  readonly level: string;
  /** In percent. */
  readonly accuracy: number;
  readonly paperEntries: readonly PublishedEntry[];
}

function levelWithLogs(
  { level, accuracy, paperEntries }: LoggedLevel,
  until: string,
  published: Published,
  exact: ExactCounts,
) {
  const rows = published.logs.rows.filter(({ date }) => date <= until);
  const logEntries = rows.flatMap((row) => loggedEntry(row, accuracy, published, exact) ?? []);
  const missed = rows.filter((row) => epochsToLevel(row, accuracy) === 0).map(({ name }) => name);
  const entries = [...paperEntries.filter((entry) => entry.published <= until), ...logEntries];
  const trend = fitLevel(entries, {
    level: `${level} with training logs until ${untilText(until)}`,
    counts: 'exact',
    metric: 'top5',
    notes: [
      "Table 3's epochs and the first epoch at the level on the curve of each training log, both with exact counts; docs/trend.md says how certain each log is",
    ],
  });
  return { ...trend, notReached: missed };
}

/**
 * The AlexNet level and the ResNet-50 level with the paper's networks and with the training logs that were published until a
 * day (YYYY-MM-DD), all with exact forward counts.
 */
export function levelsWithLogs(until: string, published: Published, exact: ExactCounts): LevelTrend[] {
  const levels: LoggedLevel[] = [
    { level: ALEXNET_LEVEL, accuracy: 79.1, paperEntries: tableEntries(published, exact) },
    { level: RESNET50_LEVEL, accuracy: 92.9, paperEntries: resNetEntries(published, exact) },
  ];
  return levels.map((level) => levelWithLogs(level, until, published, exact));
}
