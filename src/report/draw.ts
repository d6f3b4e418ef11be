import * as vega from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { printableText } from '../base/text/printable.ts';
import type { Chart, Layer } from './chart.ts';
import { spreadLabels } from './labels.ts';
import { themeFor, type Target } from './theme.ts';

/** The width of a chart in CSS pixels. In the page, it then takes the width of the page. */
const widths: Record<Target, number> = { page: 720, file: 800 };

/** Whether a layer has data; Vega warns about a layer without data. */
const hasData = ({ data }: Layer): boolean =>
  !(data && 'values' in data && Array.isArray(data.values) && data.values.length === 0);

function vegaLiteSpec(chart: Chart, target: Target): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: chart.summary,
    width: widths[target],
    height: chart.height,
    padding: 4,
    autosize: { type: 'fit', contains: 'padding' },
    config: themeFor(target),
    params: [{ name: 'hidden', value: [] }],
    layer: chart.layers.filter(hasData),
  };
}

/** The chart as a Vega specification, for a file or for the page. */
export function vegaSpec(chart: Chart, target: Target): vega.Spec {
  const { spec } = compile(vegaLiteSpec(chart, target), { logger: strictLogger(chart.id) });
  return spreadLabels(spec);
}

/** Throws each warning of Vega as an error, because a warning means that a chart is wrong. */
function strictLogger(id: string): vega.LoggerInterface {
  const logger = vega.logger(vega.Warn);
  const fail = (...message: readonly unknown[]): never => {
    throw new Error(`chart ${id}: ${message.map(String).join(' ')}`);
  };
  logger.warn = fail;
  logger.error = fail;
  return logger;
}

/** Draws a chart to SVG, without a browser, and without code that is compiled from text. */
export async function drawSvg(spec: vega.Spec, id: string): Promise<string> {
  const runtime = vega.parse(spec, undefined, { ast: true });
  const view = new vega.View(runtime, {
    renderer: 'none',
    expr: expressionInterpreter,
    logger: strictLogger(id),
  });
  const svg = await view.toSVG();
  view.finalize();
  // Names in labels may have characters that XML forbids.
  return printableText(svg);
}

/** Resets Vega's counter of ids, so that the same page always has the same ids. Call it before the first chart of a page. */
export const resetDrawing = (): void => {
  vega.resetSVGDefIds();
};
