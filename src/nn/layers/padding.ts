import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { defineOp } from '../define.ts';
import { pad, slice } from '../raw.ts';

interface Border {
  readonly height: number;
  readonly width: number;
  readonly inputShape: readonly number[];
}

const zeroPadOp = defineOp<Border>({
  name: 'ZeroPad',
  forward: ({ x }, { height, width }) => {
    const border = [0, height, width, 0];
    return pad(x!, border, border);
  },
  gradient: ([dy], _, { height, width, inputShape }) => ({
    x: () => slice(dy!, [0, height, width, 0], inputShape),
  }),
});

/** Zero pixels around the picture: [n, h, w, c] -> [n, h + 2 height, w + 2 width, c]. */
export const zeroPad = (
  x: Tensor,
  [height, width]: readonly [number, number],
  layer?: string,
): Tensor =>
  height === 0 && width === 0 ? x : zeroPadOp({ x }, { height, width, inputShape: x.shape }, layer);
