import { effectiveCompute } from '../../trend/effective.ts';
import type { EffectiveCompute, LevelTrend } from '../../trend/types.ts';
import type { Chart, Series } from '../chart.ts';
import { layersOver, type Datum } from '../marks.ts';
import { factor, significant } from '../numbers.ts';
import { colours } from '../palette.ts';
import { dateAxis, logAxis } from './axes.ts';
import type { Period, PeriodChart } from './define.ts';
import { levelId, titleOf } from './titles.ts';

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
  readonly of: EffectiveCompute | null;
}

/** Growth since the first year by each cause; 1 in the first year itself. */
const growth = ({ of }: Year): readonly [Series, number][] => [
  [total, of?.factor ?? 1],
  [compute, of === null ? 1 : of.hardware.factor * of.spending.factor],
  [algorithms, of?.algorithms.factor ?? 1],
  [hardware, of?.hardware.factor ?? 1],
];

const rowsOf = (years: readonly Year[]): Datum[] =>
  years.flatMap((year) =>
    growth(year).map(([one, value]) => ({
      series: one.name,
      line: one.name,
      at: year.year,
      published: `${year.year}-01-01`,
      value,
      tip: { Year: String(year.year), [one.name]: factor(value) },
    })),
  );

const share = (part: { share: number }): string => `${Math.round(part.share * 100)} %`;

const describe = ({ from, to, factor: grew, algorithms: a, spending: s, hardware: h }: EffectiveCompute) =>
  `From ${from} to ${to} effective compute grew ${factor(grew)}: ${factor(h.factor)} from hardware (${share(h)} of the doublings), ${factor(s.factor)} from spending (${share(s)}) and ${factor(a.factor)} from algorithms (${share(a)}).`;

function chartOf(trend: LevelTrend, { from, to }: Period): Chart {
  const years = Array.from({ length: to - from + 1 }, (_, index): Year => {
    const year = from + index;
    return { year, of: index === 0 ? null : effectiveCompute(trend.points, from, year) };
  });
  const whole = effectiveCompute(trend.points, from, to);
  const rows = rowsOf(years);
  const y = logAxis(
    'value',
    `growth since ${from}, times`,
    rows.map((row) => Number(row['value'])),
  );
  const x = dateAxis('year', [`${from}-01-01`, `${to}-01-01`]);
  const draw = layersOver({ x, y }, series);
  return {
    id: `effective-compute-${levelId(trend)}`,
    title: `Effective compute, algorithms from ${titleOf(trend)}`,
    summary: describe(whole),
    notes: [
      ...whole.notes,
      'Spending is AI and Compute’s growth of 300,000× divided by the gain from Moore’s law; algorithms are the best reduction published up to the end of a year.',
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
          show: (v: number) => `${significant(v)}×`,
        })),
      ],
      rows: years.map((year) => ({
        year: String(year.year),
        ...Object.fromEntries(growth(year).map(([{ name }, value]) => [name, value])),
      })),
    },
  };
}

/** Effective compute over the years and its causes: Hernandez & Brown 2020, Figure 5. */
export const effective: PeriodChart = {
  about: 'period',
  order: 1,
  draw: (trend, period) => [chartOf(trend, period)],
};
