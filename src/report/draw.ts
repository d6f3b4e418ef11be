import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { printableText } from '../base/printable.ts';
import type { Chart, Layer } from './chart.ts';
import { spreadLabels } from './labels.ts';
import { themeFor, type Target } from './theme.ts';

/** The size of a chart before a page gives it its own width, in CSS pixels. */
const widthOf: Record<Target, number> = { page: 720, file: 800 };

/** A layer without data would only draw Vega's warnings. */
const isDrawn = ({ data }: Layer): boolean =>
  !(data && 'values' in data && Array.isArray(data.values) && data.values.length === 0);

function liteSpec(chart: Chart, target: Target): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: chart.says,
    width: widthOf[target],
    height: chart.height,
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    config: themeFor(target),
    params: [{ name: 'hidden', value: [] }],
    layer: chart.layers.filter(isDrawn),
  };
}

/** The chart as Vega draws it, here and in the page. */
export function vegaSpec(chart: Chart, target: Target): vega.Spec {
  const { spec } = compile(liteSpec(chart, target), { logger: strictLogger(chart.id) });
  return spreadLabels(spec);
}

/** A warning of Vega's is a fault of a chart of ours: it stops the report instead of passing unseen. */
function strictLogger(id: string): vega.LoggerInterface {
  const logger = vega.logger(vega.Warn);
  const fail = (...message: readonly unknown[]): never => {
    throw new Error(`chart ${id}: ${message.map(String).join(' ')}`);
  };
  logger.warn = fail;
  logger.error = fail;
  return logger;
}

/** Draws a chart to SVG, without a browser and without making code from text. */
export async function drawSvg(spec: vega.Spec, id: string): Promise<string> {
  const runtime = vega.parse(spec, undefined, { ast: true });
  const view = new vega.View(runtime, {
    renderer: 'none',
    expr: expressionInterpreter,
    logger: strictLogger(id),
  });
  const svg = await view.toSVG();
  view.finalize();
  // Names in labels may hold what no XML may.
  return printableText(svg);
}

/** Begins Vega's counting of ids anew: to be called before the first drawing of a page. */
export const resetDrawing = (): void => {
  vega.resetSVGDefIds();
};
