import { defineOp } from '../define.ts';
import { reshape } from '../raw.ts';
import type { Tensor } from '../tensor.ts';

interface Shapes {
  readonly shape: readonly number[];
  readonly inputShape: readonly number[];
}

const reshapeOp = defineOp({
  name: 'ReshapeTo',
  inputs: ['x'],
  forward: ({ x }, { shape }: Shapes) => reshape(x, shape),
  gradient: ({ dy }, { inputShape }) => ({ x: () => reshape(dy, inputShape) }),
});

/** The same values in the same order with another shape, which must have as many elements. */
export const reshapeTo = (x: Tensor, shape: readonly number[]): Tensor =>
  reshapeOp({ x }, { shape, inputShape: x.shape });
