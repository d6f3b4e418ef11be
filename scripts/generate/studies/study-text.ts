import { formatNumber, formatPercent, groupDigits } from '../../../src/base/text/format.ts';
import type { Cell } from '../../../src/base/text/table.ts';
import type { Measurement } from '../../../src/results/measurement.ts';
import { monthsBetween } from '../../../src/trend/dates.ts';
import { readPublished } from '../../../src/trend/published/data.ts';
import type { LevelTrend, TrendPoint } from '../../../src/trend/types.ts';
import { levelText, monthsText, pooledMonths, times } from './markdown.ts';
import { table } from '../markdown.ts';
import { progressText, type Study } from './read.ts';
import { studyTrend, trendUntil, type StudyTrend } from './trend-of.ts';
import { tuningText } from './tuning-text.ts';

const byDate = (a: TrendPoint, b: TrendPoint): number =>
  a.published < b.published ? -1 : a.published > b.published ? 1 : 0;

/** The options of a network that make it narrower or fit small images: `width 0.25, stem small`. */
function describeOptions(point: TrendPoint, measurements: readonly Measurement[]): string {
  const run = measurements.find(({ id }) => id === point.measurements[0]);
  const network = (run?.config['network'] ?? {}) as Readonly<Record<string, unknown>>;
  const options = Object.entries(network).filter(([key]) => key !== 'name');
  return options.map(([key, value]) => `${key} ${String(value)}`).join(', ');
}

function rangeText({ teraflopSecondDays, range }: TrendPoint): string {
  const spread = range[0] === range[1] ? '' : ` (${formatNumber(range[0])} to ${formatNumber(range[1])})`;
  return `${formatNumber(teraflopSecondDays)}${spread}`;
}

function networksTable({ own }: StudyTrend, { measurements }: Study): string {
  const rows = [...own.points]
    .sort(byDate)
    .map((point): Cell[] => [
      point.network,
      point.published,
      describeOptions(point, measurements),
      `${point.seedsAtLevel} of ${point.seeds}`,
      point.epochs === null ? null : formatNumber(point.epochs),
      rangeText(point),
      times(point.reduction),
      point.onFrontier ? 'yes' : '',
    ]);
  return table(
    ['network', 'date', 'options', '>seeds at the level', '>epochs', '>teraflop/s-days', '>reduction', 'frontier'],
    rows,
  );
}

function below({ own }: StudyTrend): string {
  if (own.notReached.length === 0) return '';
  return `\nNetworks that missed the level in at least half of their seeds: ${own.notReached.join(', ')}.\n`;
}

/** The section of a study: its level, doubling time, networks and settings. Without a level it says what is missing. */
export function studySection(study: Study): string {
  const trend = studyTrend(study);
  if (!trend) {
    const progress =
      study.measurements.length === 0
        ? 'Not measured yet.'
        : `${study.measurements.length} runs so far; none has a level yet.`;
    return `${progress} This command measures it: \`${study.command}\`\n`;
  }
  const { own } = trend;
  const [first] = study.measurements;
  const seeds = [...new Set(study.measurements.map(({ seed }) => seed))].sort((a, b) => a - b);
  const size = first
    ? `${groupDigits(first.data.trainExamples)} training and ${groupDigits(first.data.validationExamples)} validation images, ${first.data.input} px, `
    : '';
  return `Level: ${levelText(own)}. ${size}${study.measurements.length} runs, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}.
Less compute: ${times(own.factor) ?? 'no frontier yet'}; halved every ${monthsText(own) ?? '–'} months. ${progressText(study)}

${networksTable(trend, study)}${below(trend)}${tuningText(study)}`;
}

const createLevelRow = (level: LevelTrend): Cell[] => [
  typeof level.level === 'number' ? formatPercent(level.level) : level.level,
  level.points.length,
  times(level.factor),
  monthsText(level),
];

/** The doubling time at every level of the curves, and over all of them. */
export function levelsSection(study: Study): string {
  const trend = studyTrend(study);
  if (!trend || trend.grid.length === 0) return `${study.title}: no level that networks of two dates reach yet.\n`;
  const { pooled } = trend;
  const all =
    pooled?.months == null
      ? ''
      : `\nOver all ${pooled.levels.length} levels that the curve of ${pooled.anchor} reaches: ${pooledMonths(pooled)} months.\n`;
  return `**${study.title}**

${table(['level', '>networks', '>less compute', '>halved every, months'], trend.grid.map(createLevelRow))}${all}`;
}

/** The date of the paper's last network. */
const lastPublished = (): string =>
  readPublished()
    .alexnet_level.map(({ date }) => date)
    .sort()
    .at(-1)!;

function laterRow(point: TrendPoint, early: LevelTrend): Cell[] {
  const best = Math.min(...early.points.map(({ teraflopSecondDays }) => teraflopSecondDays));
  const { line } = early;
  const expected = line && 2 ** (line.intercept + line.slopePerMonth * monthsBetween(line.from, point.published));
  return [
    point.network,
    point.published,
    formatNumber(point.teraflopSecondDays),
    times(best / point.teraflopSecondDays),
    expected === null ? null : times(expected / point.teraflopSecondDays),
    point.onFrontier ? 'yes' : '',
  ];
}

/** The networks that were published after the last network of the paper, compared with the networks until then. */
export function laterSection(study: Study): string {
  const date = lastPublished();
  const trend = studyTrend(study);
  const early = trendUntil(study, date);
  const later = (trend?.own.points ?? []).filter(({ published }) => published > date).sort(byDate);
  const missed = (trend?.own.notReached ?? []).filter((network) =>
    study.measurements.some((run) => run.network === network && run.published > date),
  );
  if (!early || early.points.length === 0 || later.length + missed.length === 0)
    return `${study.title}: no network after ${date} is measured yet.\n`;
  const rows = later.map((point) => laterRow(point, early));
  const text =
    rows.length === 0
      ? ''
      : `\n\n${table(
          [
            'network',
            'date',
            '>teraflop/s-days',
            '>less than the best until then',
            '>less than the trend until then',
            'frontier',
          ],
          rows,
        )}`;
  const below = missed.length === 0 ? '' : `\nNetworks that missed the level: ${missed.join(', ')}.\n`;
  return `**${study.title}**, networks after ${date}${text}${below}`;
}
