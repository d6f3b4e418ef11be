import type { Cell } from '../../../src/base/text/table.ts';
import { readExactCounts, readPublished } from '../../../src/trend/published/data.ts';
import { publishedLevels } from '../../../src/trend/published/levels.ts';
import type { LevelTrend } from '../../../src/trend/types.ts';
import { levelText, monthsText, pooledMonths, seedsText, times } from './markdown.ts';
import { table } from '../markdown.ts';
import { studies, type Studies, type Study } from './read.ts';
import { studyTrend } from './trend-of.ts';

const columns = [
  'measured on',
  'level',
  '>networks',
  'seeds',
  '>less compute',
  '>halved every, months',
  '>over all levels, months',
];

/** Table 3 of the paper, by its own counts and by exact ones. */
function publishedTable(): { paper: LevelTrend; exact: LevelTrend } {
  const levels = publishedLevels(readPublished(), readExactCounts(), 'both');
  return {
    paper: levels.find(({ counts }) => counts === 'paper')!,
    exact: levels.find(({ counts }) => counts === 'exact')!,
  };
}

const publishedRow = (what: string, trend: LevelTrend): Cell[] => [
  what,
  String(trend.level),
  trend.points.length,
  '1 seed',
  times(trend.factor),
  monthsText(trend),
  null,
];

function studyRow(study: Study): Cell[] {
  const trend = studyTrend(study);
  const missing =
    study.measurements.length === 0 ? 'not measured yet' : `${study.measurements.length} runs, no level yet`;
  if (!trend) return [study.title, missing, null, null, null, null, null];
  const { own, pooled } = trend;
  return [
    study.title,
    levelText(own),
    own.points.length,
    seedsText(own.points.map(({ seeds }) => seeds)),
    times(own.factor),
    monthsText(own),
    pooledMonths(pooled),
  ];
}

/** The doubling times of all studies beside the published one. */
export function overview({ cifar10, tinyImagenet, quickstart }: Studies): string {
  const { headline } = readPublished();
  const { paper, exact } = publishedTable();
  const rows: Cell[][] = [
    [
      'ImageNet, Hernandez & Brown 2020, as published',
      String(paper.level),
      paper.points.length,
      '1 seed',
      `${headline.factor}x`,
      String(headline.doubling_months),
      null,
    ],
    publishedRow('the same, recomputed from its table 3', paper),
    publishedRow('the same, with exactly counted networks', exact),
    ...[cifar10, tinyImagenet, quickstart].map(studyRow),
  ];
  return `${table(columns, rows)}
In brackets: the 95 % interval. At one level, it is a bootstrap over networks and seeds. Over all levels, the bootstrap draws whole learning
curves. "Less compute" compares the first and the last network of the frontier. [docs/trend.md](../docs/trend.md) defines each number.
`;
}

/** How exact counts change the published trend. */
export function exactCounts(): string {
  const { paper, exact } = publishedTable();
  const rows = [paper, exact].map((trend): Cell[] => [
    trend.counts === 'paper' ? "the paper's counts (THOP)" : 'exact counts',
    times(trend.factor),
    trend.doublingMonths.endToEnd?.toFixed(1) ?? null,
    monthsText(trend),
  ]);
  return `The paper counted multiply-adds with an old version of THOP. [exact-counts.json](exact-counts.json) counts every network of its table 3
from the recorded training step.

${table(['table 3 with', '>less compute', '>end to end, months', '>least squares, months'], rows)}`;
}

/** The command of every study. */
export const commands = (): string =>
  table(
    ['study', 'measurements', 'command'],
    Object.values(studies).map(({ title, folder, command }) => [title, `results/${folder}`, `\`${command}\``]),
  );
