import type { Cell } from '../../base/text/table.ts';
import type { LevelTrend, TrendPoint } from '../types.ts';
import { TRACKER_COLUMNS } from '../../results/tracker.ts';
import { readExactCounts } from '../published/data.ts';
import type { FlatTable } from './tables.ts';

/** A date as the tracker writes it: 6/1/2012 for `2012-06-01`. */
function trackerDate(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `${String(month)}/${String(day)}/${String(year)}`;
}

/** The tracker's name of a level: AlexNet (79.1 % top-5 on ImageNet), ResNet-50 (92.9 %), otherwise the name of the level. */
function metricName({ level, metric, name }: LevelTrend, isImageNet: boolean): string {
  if (typeof level === 'string') return level.replace(/ \(.*$/, '');
  if (isImageNet && metric === 'top5' && level === 0.791) return 'AlexNet';
  if (isImageNet && metric === 'top5' && level === 0.929) return 'ResNet-50';
  return name;
}

const threeDigits = (value: number): number => Number(value.toPrecision(3));

/** A network's name without case and separators: `MobileNet_v1` and `mobilenet_v1` are the same network. */
const simplifyName = (name: string): string => name.toLowerCase().replaceAll(/[-_. ]/g, '');

function trackerRow(
  trend: LevelTrend,
  point: TrendPoint,
  linkOf: (network: string) => string,
  isImageNet: boolean,
): Cell[] {
  const analysis =
    trend.source === 'measured'
      ? `doubletime, measurements ${point.measurements.join(' ')}`
      : 'AI and Efficiency, recomputed by doubletime';
  return [
    metricName(trend, isImageNet),
    trackerDate(point.published),
    point.network,
    linkOf(point.network),
    threeDigits(point.teraflopSecondDays),
    threeDigits(point.reduction),
    analysis,
    '',
  ];
}

/**
 * The frontier of every level as rows of openai/ai-and-efficiency's efficiency_sota.csv. The levels must have the counts
 * `paper`, because the tracker has them.
 * @param isImageNet whether measurements on the dataset of this name used the whole ImageNet and no other data.
 * @param paperLink the address of a network's paper; undefined if it is unknown. The paper's table comes first.
 */
export function trackerTable(
  levels: readonly LevelTrend[],
  isImageNet: (dataName: string) => boolean,
  paperLink: (network: string) => string | undefined,
): FlatTable {
  const links = new Map(
    readExactCounts().counts.flatMap(({ network, model, paper }) => [
      [simplifyName(network), paper] as const,
      [simplifyName(model), paper] as const,
    ]),
  );
  const linkOf = (network: string): string => links.get(simplifyName(network)) ?? paperLink(network) ?? '';
  // The tracker already has its own rows.
  const newLevels = levels.filter(({ source, name }) => source !== 'published' || !name.includes(', tracker'));
  return {
    names: TRACKER_COLUMNS,
    types: ['text', 'text', 'text', 'text', 'number', 'number', 'text', 'text'],
    rows: newLevels.flatMap((trend) =>
      trend.points
        .filter(({ onFrontier }) => onFrontier)
        .map((point) => trackerRow(trend, point, linkOf, trend.data !== null && isImageNet(trend.data))),
    ),
  };
}
