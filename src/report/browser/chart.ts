import { parse, View, type Spec } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { addKeyboardNavigation } from './keys.ts';
import { connectLegend } from './legend.ts';
import { addTooltip } from './tooltip.ts';

/** In CSS pixels. */
const NARROW_WIDTH = 560;

/** Gives the chart the width of its place. A narrow chart is taller, so that its labels have room. */
function fit(view: View, drawing: HTMLElement, height: number): View {
  const width = drawing.clientWidth;
  return view.width(width).height(width < NARROW_WIDTH ? Math.max(height, 380) : height);
}

/** Replaces the drawing of a chart with an interactive chart: tooltips, legend, keyboard, and the width of the page. */
export async function makeInteractive(figure: HTMLElement, spec: Spec): Promise<void> {
  const drawing = figure.querySelector<HTMLElement>('.drawing');
  if (!drawing) return;
  const height = Number(spec.height);
  const tooltip = addTooltip(figure);
  const view = new View(parse(spec, undefined, { ast: true }), {
    renderer: 'svg',
    hover: true,
    expr: expressionInterpreter,
  });
  view.tooltip((_handler, event, _item, value) => {
    tooltip.show(value, event.clientX, event.clientY);
  });
  drawing.replaceChildren();
  await fit(view.initialize(drawing), drawing, height).runAsync();
  new ResizeObserver(() => void fit(view, drawing, height).runAsync()).observe(drawing);
  connectLegend(figure, view);
  addKeyboardNavigation(figure, view, tooltip);
  figure.dataset['live'] = 'true';
}
