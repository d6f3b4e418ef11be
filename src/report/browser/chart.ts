import { parse, View, type Spec } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { addKeyboardNavigation } from './keys.ts';
import { connectLegend } from './legend.ts';
import { tooltipFor } from './tooltip.ts';

const narrow = 560;

/** Narrow charts are taller, so that labels have room. */
function fit(view: View, drawing: HTMLElement, height: number): View {
  const width = drawing.clientWidth;
  return view.width(width).height(width < narrow ? Math.max(height, 380) : height);
}

/** Replaces the drawn chart with an interactive one: tooltips, legend, keys, and the width of the page. */
export async function liveChart(figure: HTMLElement, spec: Spec): Promise<void> {
  const drawing = figure.querySelector<HTMLElement>('.drawing');
  if (!drawing) return;
  const height = Number(spec.height);
  const tooltip = tooltipFor(figure);
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
