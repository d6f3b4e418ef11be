import { defineOp } from '../define.ts';
import { pad, slice } from '../raw.ts';
import type { Tensor } from '../tensor.ts';

interface Border {
  readonly height: number;
  readonly width: number;
  readonly inputShape: readonly number[];
}

const zeroPadOp = defineOp({
  name: 'ZeroPad',
  inputs: ['x'],
  forward: ({ x }, { height, width }: Border) => {
    const border = [0, height, width, 0];
    return pad(x, border, border);
  },
  gradient: ({ dy }, { height, width, inputShape }) => ({
    x: () => slice(dy, [0, height, width, 0], inputShape),
  }),
});

/** Zero pixels around the image: [n, h, w, c] -> [n, h + 2 height, w + 2 width, c]. */
export const zeroPad = (x: Tensor, [height, width]: readonly [number, number], layer?: string): Tensor =>
  height === 0 && width === 0 ? x : zeroPadOp({ x }, { height, width, inputShape: x.shape }, layer);
