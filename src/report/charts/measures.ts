import type { Fit, LevelTrend, MeasureName } from '../../trend/types.ts';
import type { Chart } from '../chart.ts';
import { formatDuration, groupDigits } from '../../base/text/format.ts';
import { factor, months, significant } from '../numbers.ts';
import type { Sources } from '../sources.ts';
import type { LevelChart } from './define.ts';
import { fittedLayers } from './fitted.ts';
import { levelId, levelTitle } from './titles.ts';

/** How a measure is drawn. */
interface Measure {
  readonly title: string;
  readonly axis: string;
  readonly unit: string;
  /** The factor from the unit of measurements to the drawn unit. */
  readonly scale: number;
  readonly show: (value: number) => string;
}

const describeMeasure = (name: MeasureName, unit: string): Measure =>
  ({
    trainingSeconds: {
      title: 'Training time to',
      axis: 'training time, hours',
      unit: 'hours',
      scale: 1 / 3600,
      show: (hours: number) => formatDuration(hours * 3600),
    },
    energyJoules: {
      title: 'Energy to',
      axis: 'energy, kWh',
      unit: 'kWh',
      scale: 1 / 3.6e6,
      show: (value: number) => `${significant(value)} kWh`,
    },
    cost: {
      title: 'Cost to',
      axis: `cost, ${unit}`,
      unit,
      scale: 1,
      show: (value: number) => `${significant(value)} ${unit}`,
    },
    examples: {
      title: 'Training images to',
      axis: 'training images',
      unit: 'images',
      scale: 1,
      show: groupDigits,
    },
    forwardMacs: {
      title: 'Inference at',
      axis: 'forward MACs per image, millions',
      unit: 'million MACs',
      scale: 1e-6,
      show: (value: number) => `${significant(value)} million MACs`,
    },
  })[name];

/** A fit in another unit. */
const scaleFit = (fit: Fit, scale: number): Fit => ({
  ...fit,
  line: fit.line && { ...fit.line, intercept: fit.line.intercept + Math.log2(scale) },
  points: fit.points.map((point) => ({
    ...point,
    value: point.value * scale,
    range: [point.range[0] * scale, point.range[1] * scale] as const,
  })),
});

function describe({ points, factor: reduction, doublingMonths }: Fit, { show }: Measure): string {
  const best = points.filter(({ onFrontier }) => onFrontier);
  const [first, last] = [best[0], best.at(-1)];
  if (!first || !last) return 'No network reaches the level.';
  if (first === last) return `${first.network} needed the least, ${show(first.value)}.`;
  const halvedText =
    doublingMonths.leastSquares === null
      ? ''
      : `; by least squares it halved every ${months(doublingMonths.leastSquares)}`;
  return `From ${show(first.value)} with ${first.network} to ${show(last.value)} with ${last.network}, ${factor(reduction ?? 1)} less${halvedText}.`;
}

const ORDER: readonly MeasureName[] = ['trainingSeconds', 'energyJoules', 'cost', 'examples', 'forwardMacs'];

const fileNames: Readonly<Record<MeasureName, string>> = {
  trainingSeconds: 'time',
  energyJoules: 'energy',
  cost: 'cost',
  examples: 'examples',
  forwardMacs: 'inference',
};

function drawCharts(trend: LevelTrend, sources: Sources): Chart[] {
  const id = levelId(trend);
  const anchors = new Map(trend.points.map((point) => [point.network, sources.ofPoint(point, trend)]));
  return ORDER.flatMap((name): Chart[] => {
    const fitted = trend.measures[name];
    if (!fitted || fitted.points.length === 0) return [];
    const measure = describeMeasure(name, fitted.unit);
    const fit = scaleFit(fitted, measure.scale);
    return [
      {
        id: `${fileNames[name]}-${id}`,
        title: `${measure.title} ${levelTitle(trend)}`,
        heading: measure.title.replace(/ (to|at)$/, ''),
        summary: describe(fit, measure),
        notes: fit.notes,
        height: 320,
        ...fittedLayers({ ...fit, title: measure.axis, show: measure.show, withMoore: false }),
        table: {
          columns: [
            { key: 'network', label: 'Network' },
            { key: 'published', label: 'Published' },
            {
              key: 'value',
              label: measure.title.replace(/ (to|at)$/, ''),
              unit: measure.unit,
              show: significant,
            },
            { key: 'reduction', label: 'Reduction', show: factor },
          ],
          rows: fit.points.map(({ network, published, value, reduction }) => ({
            network,
            published,
            value,
            reduction,
            ...(anchors.has(network) ? { source: anchors.get(network)! } : {}),
          })),
        },
      },
    ];
  });
}

/** The other measures at a level, if they were measured: time, energy, cost, images, inference. */
export const measures: LevelChart = { about: 'level', order: 3, draw: drawCharts };
