import { paperFlops, TERAFLOP_SECOND_DAY } from '../../base/paper-compute.ts';
import type { LevelTrend } from '../types.ts';
import type { ExactCounts, LogRow, Published } from './data.ts';
import { alexNet, levelOf, resNet50, resNetEntries, tableEntries, type Entry } from './levels.ts';

/** Forward MACs of one image in each epoch of a log. */
function macsPerEpoch({ name, model, blurPool = false, sizes }: LogRow, { logged }: ExactCounts): number[] {
  return sizes.flatMap(({ input, epochs }) => {
    const count = logged.find((one) => one.model === model && one.input === input && one.blurPool === blurPool);
    if (count === undefined) throw new RangeError(`${name}: results/exact-counts.json has no ${model} at ${input} px`);
    return Array.from({ length: epochs }, () => count.forwardMacs);
  });
}

/** The number of epochs to the first accuracy at a level, both in percent, the accuracy rounded to 0.1; 0 if it is not reached. */
export const epochsTo = ({ top5 }: LogRow, level: number): number =>
  top5.findIndex((accuracy) => Math.round(accuracy * 10 + 1e-9) / 10 >= level) + 1;

/**
 * What a log needed to a level (percent): 3 x forward MACs x images, summed over its epochs up to the first at the level, each
 * at its own image size. Undefined where the curve does not reach it.
 */
export function loggedEntry(row: LogRow, level: number, published: Published, exact: ExactCounts): Entry | undefined {
  const epochs = epochsTo(row, level);
  if (epochs === 0) return undefined;
  const macs = macsPerEpoch(row, exact)
    .slice(0, epochs)
    .reduce((sum, one) => sum + one, 0);
  const compute = (paperFlops(macs) * published.logs.images_per_epoch) / TERAFLOP_SECOND_DAY;
  return { network: row.name, published: row.date, teraflopSecondDays: compute, epochs };
}

/** `2026` for the last day of a year. */
const untilText = (until: string): string => until.replace(/-12-31$/, '');

interface LoggedLevel {
  readonly level: string;
  /** In percent. */
  readonly accuracy: number;
  readonly own: readonly Entry[];
}

function levelWithLogs({ level, accuracy, own }: LoggedLevel, until: string, published: Published, exact: ExactCounts) {
  const rows = published.logs.rows.filter(({ date }) => date <= until);
  const logged = rows.flatMap((row) => loggedEntry(row, accuracy, published, exact) ?? []);
  const missed = rows.filter((row) => epochsTo(row, accuracy) === 0).map(({ name }) => name);
  const entries = [...own.filter((entry) => entry.published <= until), ...logged];
  const trend = levelOf(entries, {
    level: `${level} with training logs until ${untilText(until)}`,
    counts: 'exact',
    metric: 'top5',
    notes: [
      "Table 3's epochs and the first epoch at the level on the curve of each training log, both with exact counts; docs/trend.md says how sure each log is",
    ],
  });
  return { ...trend, notReached: missed };
}

/**
 * The AlexNet and the ResNet-50 level with the training logs published until a day (YYYY-MM-DD) beside the paper's networks,
 * all with exact forward counts. The paper's own levels stay as they are.
 */
export function levelsWithLogs(until: string, published: Published, exact: ExactCounts): LevelTrend[] {
  const levels: LoggedLevel[] = [
    { level: alexNet, accuracy: 79.1, own: tableEntries(published, exact) },
    { level: resNet50, accuracy: 92.9, own: resNetEntries(published, exact) },
  ];
  return levels.map((level) => levelWithLogs(level, until, published, exact));
}
