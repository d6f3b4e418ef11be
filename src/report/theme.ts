import type { Config } from 'vega-lite';
import { colours } from './palette.ts';

/** Where a chart is drawn: in the page, which colours its text by CSS, or as a file on white paper. */
export type Target = 'page' | 'file';

const fonts: Record<Target, string> = {
  page: 'system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif',
  file: 'DejaVu Sans, Verdana, sans-serif',
};

export const inkOf = (target: Target): string =>
  target === 'page' ? 'currentColor' : colours.black.light;

/** Quiet axes, horizontal grid lines only, text of 12 px. */
export function themeFor(target: Target): Config {
  const ink = inkOf(target);
  const text = { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12 };
  return {
    font: fonts[target],
    background: target === 'page' ? 'transparent' : '#ffffff',
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
    text: { fill: ink, fontSize: 12 },
    legend: {
      ...text,
      orient: 'top',
      title: null,
      symbolSize: 80,
      columnPadding: 14,
      labelLimit: 260,
      columns: 4,
    },
    title: {
      color: ink,
      subtitleColor: ink,
      anchor: 'start',
      fontSize: 16,
      subtitleFontSize: 12,
      subtitlePadding: 6,
      offset: 14,
    },
  };
}
