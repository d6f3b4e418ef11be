import { z } from 'zod';
import { formatInterval, formatMonths, formatNumber } from '../../../src/base/text/format.ts';
import { readExactCounts, readPublished } from '../../../src/trend/published/data.ts';
import { publishedLevels } from '../../../src/trend/published/levels.ts';
import { levelsWithLogs } from '../../../src/trend/published/logs.ts';
import type { Interval, LevelTrend } from '../../../src/trend/types.ts';
import { table } from '../markdown.ts';

/** The form of docs/benchmarks/interval-coverage.json. */
export const coverageOfIntervalsSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      months: z.number(),
      networkScatter: z.number(),
      meanEstimateMonths: z.number(),
      covered: z.number(),
      coveredAtOneLevel: z.number(),
    }),
  ),
});

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** How often the 95 % intervals of simulated networks contain the true doubling time. */
export const coverageOfIntervalsText = ({ results }: z.output<typeof coverageOfIntervalsSchema>): string =>
  table(
    ['simulated networks', '>scatter', '>true months', '>estimate', '>covered, all levels', '>covered, one level'],
    results.map(({ name, networkScatter, months, meanEstimateMonths, covered, coveredAtOneLevel }) => [
      ...[name, String(networkScatter), String(months), meanEstimateMonths.toFixed(1)],
      ...[percent(covered), percent(coveredAtOneLevel)],
    ]),
  );

const interval = (found: Interval | null): string | null => (found === null ? null : formatInterval(found));

/** The AlexNet level of the paper and of the tracker, recomputed. */
export function publishedText(): string {
  const levels = publishedLevels(readPublished(), readExactCounts(), 'both');
  const row = (what: string, isRow: (level: LevelTrend) => boolean) => {
    const { factor, doublingMonths } = levels.find((level) => level.name.startsWith('AlexNet') && isRow(level))!;
    const { endToEnd, leastSquares, leastSquares95, bootstrap95 } = doublingMonths;
    return [
      ...[what, `${formatNumber(factor)}x`, formatMonths(endToEnd), formatMonths(leastSquares)],
      ...[interval(leastSquares95), interval(bootstrap95)],
    ];
  };
  const isOfTracker = ({ name }: LevelTrend): boolean => name.includes('tracker');
  return table(
    ['points', '>factor', '>end to end', '>least squares', '>95 % (t)', '>95 % (bootstrap)'],
    [
      row("Table 3, THOP's counts", (level) => !isOfTracker(level) && level.counts === 'paper'),
      row('Table 3, exact counts', (level) => level.counts === 'exact'),
      row("the tracker's six rows", isOfTracker),
    ],
  );
}

/** What each training log needed to the AlexNet level and to the ResNet-50 level. */
export function logsText(): string {
  const published = readPublished();
  const levels = levelsWithLogs('9999-12-31', published, readExactCounts());
  const rows = published.logs.rows.map(({ name, date }) => [
    ...[name, date],
    ...levels.flatMap(({ points }) => {
      const point = points.find(({ network }) => network === name);
      return [point?.epochs ?? null, point?.teraflopSecondDays.toFixed(3) ?? null];
    }),
  ]);
  const columns = ['>epochs to 79.1 %', '>teraflop/s-days', '>epochs to 92.9 %', '>teraflop/s-days'];
  return table(['log', 'published', ...columns], rows);
}
