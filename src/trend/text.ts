import { formatInterval, formatMonths, formatNumber } from '../base/text/format.ts';
import { nameList } from '../base/text/name-list.ts';
import { printable } from '../base/text/printable.ts';
import { formatTable, type Cell, type TableFormat } from '../base/text/table.ts';
import { leaveOneOutText } from './leave-one-out.ts';
import type {
  CountComparison,
  DoublingMonths,
  EffectiveCompute,
  Fit,
  LevelTrend,
  PointsSource,
  PooledTrend,
  SplitRow,
  Trend,
  TrendPoint,
} from './types.ts';

const right = (name: string) => ({ name, align: 'right' }) as const;
const left = (name: string) => ({ name });

const heading = (text: string, format: TableFormat): string =>
  format === 'markdown' ? `### ${printable(text)}\n\n` : `${printable(text)}\n`;

const noteLine = (note: string, format: TableFormat): string =>
  `${format === 'markdown' ? '- ' : 'note: '}${printable(note)}\n`;

const pointsTable = (points: readonly TrendPoint[], format: TableFormat): string =>
  formatTable(
    [
      left('network'),
      left('published'),
      right('teraflop/s-days'),
      right('reduction'),
      left('frontier'),
      right('epochs'),
      right('seeds at level'),
    ],
    points.map((point): Cell[] => [
      point.network,
      point.published,
      formatNumber(point.teraflopSecondDays),
      `${formatNumber(point.reduction)}x`,
      point.onFrontier ? 'yes' : '',
      formatNumber(point.epochs),
      point.measurements.length === 0 && point.seeds === 1 ? '–' : `${point.seedsAtLevel} of ${point.seeds}`,
    ]),
    format,
  );

const estimates = (doubling: DoublingMonths, format: TableFormat): string =>
  formatTable(
    [left('doubling time'), left('months')],
    [
      ['end to end', formatMonths(doubling.endToEnd)],
      ['least squares', formatMonths(doubling.leastSquares)],
      ['  95 % (t)', formatInterval(doubling.leastSquares95)],
      ['  95 % (bootstrap)', formatInterval(doubling.bootstrap95)],
      ['  leave one out', leaveOneOutText(doubling.leaveOneOut, (network) => ` (without ${network})`) ?? '–'],
      ['Theil-Sen', formatMonths(doubling.theilSen)],
    ],
    format,
  );

const splitTable = (rows: readonly SplitRow[], format: TableFormat): string =>
  formatTable(
    [left('network'), right('fewer epochs'), right('less work per epoch'), right('together')],
    rows.map((row) => [
      row.network,
      `${formatNumber(row.epochsFactor)}x`,
      `${formatNumber(row.flopPerEpochFactor)}x`,
      `${formatNumber(row.efficiencyFactor)}x`,
    ]),
    format,
  );

const measureNames: Readonly<Record<string, string>> = { forwardMacs: 'inference', examples: 'images' };

const measuresTable = (measures: LevelTrend['measures'], format: TableFormat): string =>
  formatTable(
    [left('measure'), right('less'), right('doubling, end to end'), right('least squares'), left('unit')],
    Object.entries(measures).map(([name, fit]: [string, Fit & { unit: string }]) => [
      measureNames[name] ?? name,
      fit.factor === null ? '–' : `${formatNumber(fit.factor)}x`,
      formatMonths(fit.doublingMonths.endToEnd),
      formatMonths(fit.doublingMonths.leastSquares),
      fit.unit,
    ]),
    format,
  );

/** `44.4x less in 83.8 months (Moore's law: 11.3x)`, or `no trend`. */
function summary({ factor, moore }: LevelTrend): string {
  if (factor === null || moore === null) return 'no trend';
  return `${formatNumber(factor)}x less compute in ${formatMonths(moore.months)} months (Moore's law: ${formatNumber(moore.factor)}x)`;
}

const countNames: Readonly<Record<LevelTrend['counts'], string>> = {
  exact: 'exact counts',
  paper: 'paper compute',
  given: 'compute as given',
};

function levelText(level: LevelTrend, format: TableFormat): string {
  const missed = level.notReached.length > 0 ? [`below this level: ${level.notReached.join(', ')}`] : [];
  const notes = [...level.notes, ...missed].map((note) => noteLine(note, format));
  const parts = [
    `${heading(`${level.name} (${countNames[level.counts]})`, format)}${summary(level)}\n`,
    level.moore === null ? '' : estimates(level.doublingMonths, format),
    level.points.length === 0 ? '' : pointsTable(level.points, format),
    level.split.length < 2 ? '' : splitTable(level.split, format),
    Object.keys(level.measures).length === 0 ? '' : measuresTable(level.measures, format),
    notes.join(''),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** A table with one row per level, which shows the doubling time as a function of the level. */
export function levelsTable(levels: readonly LevelTrend[], format: TableFormat): string {
  return formatTable(
    [
      left('level'),
      right('networks'),
      right('less'),
      right('end to end, months'),
      right('least squares, months'),
      left('95 % (t)'),
      left('95 % (bootstrap)'),
    ],
    levels.map(({ name, points, factor, doublingMonths }) => [
      name,
      points.length,
      factor === null ? '–' : `${formatNumber(factor)}x`,
      formatMonths(doublingMonths.endToEnd),
      formatMonths(doublingMonths.leastSquares),
      formatInterval(doublingMonths.leastSquares95),
      formatInterval(doublingMonths.bootstrap95),
    ]),
    format,
  );
}

/**
 * `All 9 levels of alexnet's curve on cifar10 together (5 networks): the compute halves every 15.2 months, 95 % 13.1 to 18.0`.
 */
function pooledText({ anchor, data, levels, networks, months: value, interval95, resamples }: PooledTrend): string {
  const name = `All ${levels.length} levels of ${anchor}'s curve on ${data} together (${networks} networks)`;
  if (value === null) return `${name}: no progress\n`;
  const bounds =
    interval95 === null
      ? 'no interval with fewer than three networks'
      : `95 % ${formatInterval(interval95)} (${resamples} resamples)`;
  return `${name}: the compute halves every ${formatMonths(value)} months, ${bounds}\n`;
}

function effectiveComputeText(effective: EffectiveCompute | null, format: TableFormat): string {
  if (effective === null) return 'No level has a trend, so there is no effective compute.\n';
  const { from, to, hardware, spending, algorithms, factor } = effective;
  const rows = Object.entries({ hardware, spending, algorithms }).map(([name, part]) => [
    name,
    `${formatNumber(part.factor)}x`,
    part.doublings.toFixed(1),
    `${(part.share * 100).toFixed(0)} %`,
  ]);
  const table = formatTable(
    [left('part'), right('growth'), right('doublings'), right('share')],
    [...rows, ['together', `${formatNumber(factor)}x`, Math.log2(factor).toFixed(1), '100 %']],
    format,
  );
  const notes = effective.notes.map((note) => noteLine(note, format)).join('');
  return `${heading(`Effective compute, ${from} to ${to}`, format)}${table}${notes === '' ? '' : `\n${notes}`}`;
}

const countsText = (counts: readonly CountComparison[], format: TableFormat): string =>
  heading('Forward counts, billions of multiply-accumulates', format) +
  formatTable(
    [left('network'), right('published'), right('exact'), right('published / exact')],
    counts.map((row) => [row.network, row.statedGigaMacs, row.exactGigaMacs.toFixed(3), row.ratio.toFixed(2)]),
    format,
  );

function publishedText({ claims, errors, counts }: NonNullable<Trend['published']>, format: TableFormat) {
  const table = formatTable(
    [left('published figure'), right('stated'), right('recomputed'), left('unit'), left('agrees')],
    claims.map(({ what, stated, recomputed, unit, agrees }) => [
      what,
      formatNumber(stated),
      formatNumber(recomputed),
      unit,
      agrees ? 'yes' : 'NO',
    ]),
    format,
  );
  const list = errors.map((error) => `${format === 'markdown' ? '- ' : ''}${error}\n`).join('');
  return [
    heading('The published figures, recomputed', format) + table,
    countsText(counts, format),
    heading('Known errors', format) + list,
  ];
}

/** `note: table.csv: columns that were not read: link`; empty if all columns were read. */
function notReadText({ file, columnsNotRead }: PointsSource, format: TableFormat): string[] {
  if (columnsNotRead.length === 0) return [];
  return [noteLine(`${file}: columns that were not read: ${nameList(columnsNotRead)}`, format)];
}

/** The trend as text: every level with its estimates and points. @param asGrid all levels in one table instead. */
export function trendText(trend: Trend, format: TableFormat, asGrid = false): string {
  const levels = asGrid ? [levelsTable(trend.levels, format)] : trend.levels.map((level) => levelText(level, format));
  const pooled = (trend.pooled ?? []).map(pooledText);
  const effective = trend.effectiveCompute === undefined ? [] : [effectiveComputeText(trend.effectiveCompute, format)];
  const published = trend.published ? publishedText(trend.published, format) : [];
  const points = (trend.points ?? []).flatMap((source) => notReadText(source, format));
  return [...levels, ...points, ...pooled, ...effective, ...published].join('\n');
}
