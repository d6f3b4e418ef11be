import { axisFilter } from './filters.ts';
import type { Axis, AxisFilter, Interpolation } from './filters.ts';
import type { Box, Size } from './box.ts';

/** How to compute output pixels from an image: the part that is needed, and the filters of its rows and columns. */
export interface Sampling {
  /** The part of the image that the output depends on. */
  readonly part: Box;
  /** Of the output. */
  readonly size: Size;
  /** Their `starts` are relative to the part. Undefined if the part is copied unchanged. */
  readonly filters?: { readonly rows: AxisFilter; readonly columns: AxisFilter };
}

/** The size with a shorter side of `side` pixels and the same aspect ratio, rounded down as in torchvision's Resize. */
export function toShorterSide({ width, height }: Size, side: number): Size {
  const shorter = Math.min(width, height);
  return {
    width: Math.trunc((side * width) / shorter),
    height: Math.trunc((side * height) / shorter),
  };
}

/** How to compute a window of the image that results when `box` is resized to `resized`. */
export function planWindow(box: Box, resized: Size, window: Box, interpolation: Interpolation): Sampling {
  const { width, height } = window;
  const [left, top] = [box.left + window.left, box.top + window.top];
  if (box.width === resized.width && box.height === resized.height) {
    return { part: { left, top, width, height }, size: { width, height } };
  }
  const rows = planAxis(
    { inputs: box.height, outputs: resized.height, first: window.top, count: height },
    interpolation,
  );
  const columns = planAxis(
    { inputs: box.width, outputs: resized.width, first: window.left, count: width },
    interpolation,
  );
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

/** The filter of an axis, and the range of inputs that it needs. Its `starts` are relative to the first of these inputs. */
function planAxis(axis: Axis, interpolation: Interpolation): { filter: AxisFilter; from: number; length: number } {
  const { pairs, starts, weights } = axisFilter(axis, interpolation);
  const from = starts[0]!;
  const to = Math.min(axis.inputs, starts.at(-1)! + 2 * pairs);
  return {
    filter: { pairs, weights, starts: starts.map((at) => at - from) },
    from,
    length: to - from,
  };
}
