import type { Scene, SceneGroup, SceneItem, View } from 'vega';
import type { Tooltip } from './tooltip.ts';

/** A drawn point with a tooltip. */
interface Point {
  readonly element: SVGElement;
  readonly tooltip: object;
}

/** Vega's SVG renderer keeps the element of an item in `_svg`. */
type DrawnItem = (SceneItem | SceneGroup) & { tooltip?: unknown; _svg?: SVGElement };

/** Adds all points of a scene with a tooltip. */
function collectPoints(scene: Scene, points: Point[]): void {
  for (const item of scene.items as DrawnItem[]) {
    if (scene.marktype === 'symbol' && item._svg && typeof item.tooltip === 'object' && item.tooltip)
      points.push({ element: item._svg, tooltip: item.tooltip });
    if ('items' in item) for (const inner of item.items) collectPoints(inner, points);
  }
}

const center = ({ element }: Point): { x: number; y: number } => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
};

/** All points of a chart from left to right. */
function findPoints(view: View): Point[] {
  const points: Point[] = [];
  collectPoints((view.scenegraph() as unknown as { root: Scene }).root, points);
  return points.sort((a, b) => center(a).x - center(b).x);
}

const spokenText = (tooltip: object): string =>
  Object.entries(tooltip)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ');

/** The index that a key moves to, from `current`; null for other keys. */
function nextIndex(key: string, current: number, last: number): number | null {
  if (key === 'ArrowRight' || key === 'ArrowDown') return Math.min(current + 1, last);
  if (key === 'ArrowLeft' || key === 'ArrowUp') return Math.max(current - 1, 0);
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

  const unselect = (): void => {
    index = -1;
    ring.remove();
    tooltip.hide();
  };
  const select = (point: Point): void => {
    const { x, y } = center(point);
    const frame = figure.getBoundingClientRect();
    ring.style.left = `${x - frame.left}px`;
    ring.style.top = `${y - frame.top}px`;
    figure.append(ring);
    tooltip.show(point.tooltip, x, y);
    spoken.textContent = spokenText(point.tooltip);
  };
  drawing.addEventListener('blur', unselect);
  drawing.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') unselect();
    const points = findPoints(view);
    const next = nextIndex(event.key, index, points.length - 1);
    const point = next === null ? undefined : points[next];
    if (next === null || !point) return;
    event.preventDefault();
    index = next;
    select(point);
  });
}
