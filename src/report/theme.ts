import type { Config } from 'vega-lite';

/** Where a chart is drawn: in the page or in a file. */
export type Target = 'page' | 'file';

const fonts: Record<Target, string> = {
  page: 'system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif',
  file: 'DejaVu Sans, Verdana, sans-serif',
};

/**
 * The style of a chart: pale axes, only horizontal grid lines, text of 12 px in the colour of the surrounding text. It has no
 * legend, because the page and the file draw their own.
 */
export function themeFor(target: Target): Config {
  const ink = 'currentColor';
  const text = { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12 };
  return {
    font: fonts[target],
    background: 'transparent',
    view: { stroke: null },
    axis: {
      ...text,
      titleFontWeight: 'normal',
      titlePadding: 10,
      labelPadding: 6,
      domainColor: ink,
      domainOpacity: 0.35,
      tickColor: ink,
      tickOpacity: 0.35,
      gridColor: ink,
      gridOpacity: 0.12,
    },
    axisX: { grid: false, titleAnchor: 'end', labelOverlap: 'greedy', labelFlush: true },
    axisY: {
      grid: true,
      domain: false,
      ticks: false,
      titleAngle: 0,
      titleAlign: 'left',
      titleAnchor: 'start',
      titleX: 0,
      titleY: -14,
      titleBaseline: 'bottom',
    },
    text: { fill: ink, fontSize: 11.5 },
    rule: { stroke: ink },
    legend: { disable: true },
  };
}
