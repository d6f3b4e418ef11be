import type { Chart, Series } from './chart.ts';
import { html, trusted, type Markup } from './html/escape.ts';
import { swatchShape } from './html/swatch.ts';
import { colours } from './palette.ts';

/** In pixels, as all sizes here. */
const MARGIN = 24;
const FONT_SIZE = 12.5;
/** The average width of a letter of DejaVu Sans, as a fraction of the font size. It is exact enough for lines and legends. */
const LETTER_WIDTH = 0.58;

const textWidth = (text: string, size = FONT_SIZE): number => text.length * size * LETTER_WIDTH;

/** Breaks text between words into lines of at most `width` pixels, or one word. */
function wrap(text: string, width: number, size = FONT_SIZE): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)!} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Legend entries from left to right in one or several rows, and the height of all rows. */
function legend(series: readonly Series[], width: number, top: number) {
  let x = 0;
  let row = 0;
  const entries = series.map((item) => {
    const entryWidth = 32 + textWidth(item.name) + 20;
    if (x > 0 && x + entryWidth > width) {
      x = 0;
      row += 1;
    }
    const transform = `translate(${MARGIN + x}, ${top + row * 20})`;
    x += entryWidth;
    return html`<g transform="${transform}">
      ${swatchShape(item)}<text x="31" y="10.5" font-size="${FONT_SIZE}">${item.name}</text>
    </g>`;
  });
  return { entries, height: (row + 1) * 20 };
}

const textLines = (lines: readonly string[], top: number, size: number, bold: boolean): Markup[] =>
  lines.map(
    (line, index) =>
      html`<text
        x="${MARGIN}"
        y="${top + index * size * 1.45}"
        font-size="${size}"
        font-weight="${bold ? 'bold' : 'normal'}"
        >${line}</text
      >`,
  );

/**
 * A chart's drawing as a self-contained SVG on white, with title, summary and legend. Its `desc` is the text alternative.
 * @param drawing an SVG.
 */
export function addFrame(chart: Chart, drawing: string): string {
  const [, width = 0, height = 0] = /width="([\d.]+)" height="([\d.]+)"/.exec(drawing)?.map(Number) ?? [];
  const title = wrap(chart.title, width, 19);
  const summary = wrap(chart.summary, width);
  const summaryTop = MARGIN + 16 + title.length * 27;
  const legendTop = summaryTop + summary.length * FONT_SIZE * 1.45;
  const { entries, height: legendHeight } = legend(chart.series, width, legendTop);
  const chartTop = legendTop + legendHeight + 12;
  const total = { width: width + 2 * MARGIN, height: Math.ceil(chartTop + height + MARGIN / 2) };
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    xmlns:xlink="http://www.w3.org/1999/xlink"
    width="${total.width}"
    height="${total.height}"
    viewBox="0 0 ${total.width} ${total.height}"
    role="img"
    aria-labelledby="title desc"
    color="${colours.black.light}"
    fill="currentColor"
    font-family="DejaVu Sans, Verdana, sans-serif"
  >
    <title id="title">${chart.title}</title>
    <desc id="desc">${chart.summary}</desc>
    <style>
      text {
        paint-order: stroke;
        stroke: #fff;
        stroke-width: 3px;
        stroke-linejoin: round;
      }
    </style>
    <rect width="100%" height="100%" fill="#ffffff" />
    ${textLines(title, MARGIN + 18, 19, true)} ${textLines(summary, summaryTop, FONT_SIZE, false)} ${entries}
    <g transform="translate(${MARGIN}, ${chartTop})">${trusted(drawing)}</g>
  </svg>`.text;
}
