import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { describe, expect, it } from 'vitest';
import { levelCharts } from '../../src/report/charts/all.ts';
import type { Chart } from '../../src/report/chart.ts';
import { vegaSpec } from '../../src/report/draw.ts';
import { toRuns } from '../../src/report/runs.ts';
import { linkSources } from '../../src/report/sources.ts';
import { trendOfMeasurements } from '../../src/trend/trend.ts';
import { makeSweep } from '../support/measurements.ts';

/** The width of a chart on the page in a window of 1280 pixels. */
const WIDTH = 980;

interface Label {
  readonly text: string;
  readonly opacity: number;
  readonly bounds: { x1: number; y1: number; x2: number; y2: number };
}

interface Scene {
  readonly marktype?: string;
  readonly name?: string;
  readonly items?: readonly (Scene & Label & { readonly datum?: { readonly order?: number } })[];
}

/** Labels of points: text that has an order among the labels. */
const labelsIn = ({ marktype, items = [] }: Scene): Label[] =>
  items.flatMap((item) => (marktype === 'text' && item.datum?.order !== undefined ? [item] : labelsIn(item)));

async function labelsOf(chart: Chart): Promise<Label[]> {
  const runtime = vega.parse(vegaSpec(chart, 'page'), undefined, { ast: true });
  const view = new vega.View(runtime, { renderer: 'none', expr: expressionInterpreter }).width(WIDTH);
  await view.runAsync();
  return labelsIn((view.scenegraph() as unknown as { root: Scene }).root);
}

const overlaps = (a: Label, b: Label): boolean =>
  a.bounds.x1 < b.bounds.x2 && b.bounds.x1 < a.bounds.x2 && a.bounds.y1 < b.bounds.y2 && b.bounds.y1 < a.bounds.y2;

const measurements = makeSweep([0], { gpu: true });
/** The same networks, published within nine days and with nearly the same result, as the most crowded chart. */
const crowded = measurements.map((measurement, index) => ({
  ...measurement,
  published: `2018-07-0${1 + (index % 9)}`,
  curve: measurements[0]!.curve,
}));

const chartsAt = (runs: typeof measurements): Chart[] => {
  const [trend] = trendOfMeasurements(runs, { counts: 'paper', levels: 'own' });
  return levelCharts(trend!, linkSources(toRuns(runs))).filter(({ layers }) => layers.length > 0);
};

describe.each([
  ['spread over the years', measurements],
  ['published in one week with the same result', crowded],
])('the labels of networks %s', (_, runs) => {
  it.each(chartsAt(runs).map((chart) => [chart.id, chart] as const))(
    'are all visible in the chart %s, and none overlaps another',
    async (_id, chart) => {
      const labels = await labelsOf(chart);
      expect(labels.map(({ text }) => text).sort()).toEqual(chart.table.rows.map((row) => row['network']).sort());
      expect(labels.filter(({ opacity }) => opacity === 0).map(({ text }) => text)).toEqual([]);
      const pairs = labels.flatMap((a, i) => labels.slice(i + 1).map((b) => [a, b] as const));
      expect(pairs.filter(([a, b]) => overlaps(a, b)).map(([a, b]) => `${a.text} over ${b.text}`)).toEqual([]);
    },
  );
});
