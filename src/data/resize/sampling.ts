import { axisFilter } from './filters.ts';
import type { Axis, AxisFilter, Interpolation } from './filters.ts';
import type { Box, Size } from './box.ts';

/** How output pixels come from an image: the part that is needed, and how its rows and columns are weighted. */
export interface Sampling {
  /** Nothing outside has any influence. */
  readonly part: Box;
  readonly size: Size;
  /** Starts count from the part's edges; undefined where the part is taken as it is. */
  readonly filters?: { readonly rows: AxisFilter; readonly columns: AxisFilter };
}

/** The size with the shorter side brought to `side`, the longer in proportion, rounded down as torchvision's Resize does. */
export function toShorterSide({ width, height }: Size, side: number): Size {
  const shorter = Math.min(width, height);
  return {
    width: Math.trunc((side * width) / shorter),
    height: Math.trunc((side * height) / shorter),
  };
}

/** A window of what `box`, a part of an image, becomes when it is resized: the same pixels as from the whole of it. */
export function windowOfResized(box: Box, resized: Size, window: Box, interpolation: Interpolation): Sampling {
  const { width, height } = window;
  const [left, top] = [box.left + window.left, box.top + window.top];
  if (box.width === resized.width && box.height === resized.height) {
    return { part: { left, top, width, height }, size: { width, height } };
  }
  const rows = reach({ inputs: box.height, outputs: resized.height, first: window.top, count: height }, interpolation);
  const columns = reach({ inputs: box.width, outputs: resized.width, first: window.left, count: width }, interpolation);
  return {
    part: {
      left: box.left + columns.from,
      top: box.top + rows.from,
      width: columns.length,
      height: rows.length,
    },
    size: { width, height },
    filters: { rows: rows.filter, columns: columns.filter },
  };
}

/** An axis' filter and the inputs it looks at; its starts count from the first of them. */
function reach(axis: Axis, interpolation: Interpolation): { filter: AxisFilter; from: number; length: number } {
  const { pairs, starts, weights } = axisFilter(axis, interpolation);
  const from = starts[0]!;
  const to = Math.min(axis.inputs, starts.at(-1)! + 2 * pairs);
  return {
    filter: { pairs, weights, starts: starts.map((at) => at - from) },
    from,
    length: to - from,
  };
}
