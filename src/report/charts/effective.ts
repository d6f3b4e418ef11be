import { effectiveCompute } from '../../trend/effective.ts';
import type { EffectiveCompute, LevelTrend } from '../../trend/types.ts';
import type { Chart, Series } from '../chart.ts';
import { layersOver, type Datum } from '../marks.ts';
import { factor, significant } from '../numbers.ts';
import { colours } from '../palette.ts';
import { dateAxis, logAxis } from './axes.ts';
import type { Period, PeriodChart } from './define.ts';
import { levelId, levelTitle } from './titles.ts';

const total: Series = { name: 'Effective compute', colour: colours.blue, mark: 'line' };
const compute: Series = {
  name: 'Compute of the largest runs',
  colour: colours.vermilion,
  mark: 'line',
};
const algorithms: Series = {
  name: 'Algorithms',
  colour: colours.green,
  mark: 'line',
  dash: [6, 3],
};
const hardware: Series = {
  name: 'Hardware (Moore’s law)',
  colour: colours.ochre,
  mark: 'line',
  dash: [2, 2],
};
const series = [total, compute, algorithms, hardware];

interface Year {
  readonly year: number;
  /** The growth since the first year; null for the first year. */
  readonly growth: EffectiveCompute | null;
}

/** The growth since the first year, in total and by each cause; 1 in the first year. */
const factorsBySeries = ({ growth }: Year): readonly [Series, number][] => [
  [total, growth?.factor ?? 1],
  [compute, growth === null ? 1 : growth.hardware.factor * growth.spending.factor],
  [algorithms, growth?.algorithms.factor ?? 1],
  [hardware, growth?.hardware.factor ?? 1],
];

const growthRows = (years: readonly Year[]): Datum[] =>
  years.flatMap((year) =>
    factorsBySeries(year).map(([item, value]) => ({
      series: item.name,
      line: item.name,
      at: year.year,
      published: `${year.year}-01-01`,
      value,
      tip: { Year: String(year.year), [item.name]: factor(value) },
    })),
  );

const share = (part: { share: number }): string => `${Math.round(part.share * 100)} %`;

const describe = (whole: EffectiveCompute) =>
  `From ${whole.from} to ${whole.to} effective compute grew ${factor(whole.factor)}: ` +
  `${factor(whole.hardware.factor)} from hardware (${share(whole.hardware)} of the doublings), ` +
  `${factor(whole.spending.factor)} from spending (${share(whole.spending)}) ` +
  `and ${factor(whole.algorithms.factor)} from algorithms (${share(whole.algorithms)}).`;

function drawChart(trend: LevelTrend, { from, to }: Period): Chart {
  const years = Array.from({ length: to - from + 1 }, (_, index): Year => {
    const year = from + index;
    return { year, growth: index === 0 ? null : effectiveCompute(trend.points, from, year) };
  });
  const whole = effectiveCompute(trend.points, from, to);
  const rows = growthRows(years);
  const y = logAxis(
    'value',
    `growth since ${from}, times`,
    rows.map((row) => Number(row['value'])),
  );
  const x = dateAxis('year', [`${from}-01-01`, `${to}-01-01`]);
  const draw = layersOver({ x, y }, series);
  return {
    id: `effective-compute-${levelId(trend)}`,
    title: `Effective compute, algorithms from ${levelTitle(trend)}`,
    summary: describe(whole),
    notes: [
      ...whole.notes,
      'Spending is the growth of compute in “AI and Compute” (300,000×) divided by the gain from Moore’s law. Algorithms are the largest reduction published until the end of a year.',
    ],
    series,
    height: 380,
    layers: [draw.lines(rows, { width: 2.5 }), draw.points(rows, { size: 45 })],
    table: {
      columns: [
        { key: 'year', label: 'Year' },
        ...series.map(({ name }) => ({
          key: name,
          label: name,
          show: (value: number) => `${significant(value)}×`,
        })),
      ],
      rows: years.map((year) => ({
        year: String(year.year),
        ...Object.fromEntries(factorsBySeries(year).map(([{ name }, value]) => [name, value])),
      })),
    },
  };
}

/** Effective compute and its causes over the years (Hernandez & Brown 2020, Figure 5). */
export const effective: PeriodChart = {
  about: 'period',
  order: 1,
  draw: (trend, period) => [drawChart(trend, period)],
};
