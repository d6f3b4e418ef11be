import type { Series } from '../chart.ts';
import { html, type Markup } from './escape.ts';

/** The sample of a series in a legend, as an SVG of 24 x 12 pixels: a point, a line, or a part of a band. */
export function swatchShape({ colour: { light }, mark, dash }: Series): Markup {
  if (mark === 'point') return html`<circle cx="12" cy="6" r="5" fill="${light}" />`;
  if (mark === 'band') return html`<rect y="1" width="24" height="10" fill="${light}" opacity="0.3" />`;
  return html`<line
    x1="1"
    x2="23"
    y1="6"
    y2="6"
    stroke="${light}"
    stroke-width="2.5"
    stroke-dasharray="${(dash ?? []).join(' ')}"
  />`;
}
