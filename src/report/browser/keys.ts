import type { Scene, SceneGroup, SceneItem, View } from 'vega';
import type { Tooltip } from './tooltip.ts';

/** A drawn point with a tooltip. Vega's SVG renderer keeps the element with the item. */
interface Point {
  readonly element: SVGElement;
  readonly tooltip: object;
}

type Drawn = (SceneItem | SceneGroup) & { tooltip?: unknown; _svg?: SVGElement };

function collect(scene: Scene, points: Point[]): void {
  for (const item of scene.items as Drawn[]) {
    if (scene.marktype === 'symbol' && item._svg && typeof item.tooltip === 'object' && item.tooltip)
      points.push({ element: item._svg, tooltip: item.tooltip });
    if ('items' in item) for (const inner of item.items) collect(inner, points);
  }
}

const middle = ({ element }: Point): { x: number; y: number } => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
};

/** All points of a chart from left to right. */
function pointsOf(view: View): Point[] {
  const points: Point[] = [];
  collect((view.scenegraph() as unknown as { root: Scene }).root, points);
  return points.sort((a, b) => middle(a).x - middle(b).x);
}

const speech = (tooltip: object): string =>
  Object.entries(tooltip)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ');

function nextIndex(key: string, now: number, last: number): number | null {
  if (key === 'ArrowRight' || key === 'ArrowDown') return Math.min(now + 1, last);
  if (key === 'ArrowLeft' || key === 'ArrowUp') return Math.max(now - 1, 0);
  if (key === 'Home') return 0;
  return key === 'End' ? last : null;
}

/** Arrow keys move between the points of the focused chart, show the tooltip and announce it to a screen reader. */
export function addKeyboardNavigation(figure: HTMLElement, view: View, tooltip: Tooltip): void {
  const drawing = figure.querySelector<HTMLElement>('.drawing');
  const spoken = figure.querySelector<HTMLElement>('.spoken');
  const keys = figure.querySelector<HTMLElement>('.keys');
  if (!drawing || !spoken || !keys) return;
  keys.hidden = false;
  const ring = document.createElement('div');
  ring.className = 'ring';
  let index = -1;

  const leave = (): void => {
    index = -1;
    ring.remove();
    tooltip.hide();
  };
  const read = (point: Point): void => {
    const { x, y } = middle(point);
    const frame = figure.getBoundingClientRect();
    ring.style.left = `${x - frame.left}px`;
    ring.style.top = `${y - frame.top}px`;
    figure.append(ring);
    tooltip.show(point.tooltip, x, y);
    spoken.textContent = speech(point.tooltip);
  };
  drawing.addEventListener('blur', leave);
  drawing.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') leave();
    const points = pointsOf(view);
    const next = nextIndex(event.key, index, points.length - 1);
    const point = next === null ? undefined : points[next];
    if (next === null || !point) return;
    event.preventDefault();
    index = next;
    read(point);
  });
}
