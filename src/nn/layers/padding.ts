import { defineOp } from '../define.ts';
import { loadTensorFlow } from '../../runtime/tensorflow.ts';
import { DataType } from '../../runtime/types.ts';
import { op, pad, slice, T, text, type } from '../raw.ts';
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

/** Pixels that are added before and after rows and columns. */
interface Sides {
  readonly before: number;
  readonly after: number;
}

const paddings = ({ before, after }: Sides): Tensor =>
  loadTensorFlow().tensor2d(
    [
      [0, 0],
      [before, after],
      [before, after],
      [0, 0],
    ],
    [4, 2],
    'int32',
  );

const attributes = [T, type('Tpaddings', DataType.int32), text('mode', 'REFLECT')];

const reflectPadOp = defineOp({
  name: 'ReflectPad',
  inputs: ['x'],
  forward: ({ x }, sides: Sides) => op('MirrorPad', attributes, [x, paddings(sides)]),
  gradient: ({ dy }, sides) => ({ x: () => op('MirrorPadGrad', attributes, [dy, paddings(sides)]) }),
});

/**
 * Pads images by their reflection, without repeating the border pixels (nn.ReflectionPad2d):
 * [n, h, w, c] -> [n, h + before + after, w + before + after, c]. Height and width must be larger than `before` and `after`.
 */
export const reflectPad = (x: Tensor, sides: Sides): Tensor => reflectPadOp({ x }, sides);
