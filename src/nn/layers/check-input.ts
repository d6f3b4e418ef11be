import { configError } from '../../base/errors.ts';
import type { Tensor } from '../tensor.ts';
import { formatShape } from '../../base/text/shape.ts';

/**
 * Checks the shape of a layer's input, because TensorFlow reads a missing dimension as 0 or broadcasts it.
 * @param layer words for the layer at the start of a message: `layer stem: conv2d`.
 * @param expected one entry per dimension: its name, or the number that it must be.
 * @throws UserError exit code 78 naming the layer, the shape and what was expected.
 */
export function checkShape(layer: string, x: Tensor, expected: readonly (number | string)[]): void {
  const shape = (x as Partial<Tensor> | undefined)?.shape;
  if (shape === undefined)
    throw configError(`${layer}: an input is ${String(x)}, expected a tensor ${formatShape(expected)}`);
  const fits = expected.every((size, i) => typeof size === 'string' || size === shape[i]);
  if (shape.length === expected.length && fits) return;
  throw configError(`${layer}: an input has the shape ${formatShape(shape)}, expected ${formatShape(expected)}`);
}

/** `checkShape` for images. */
export const checkImages = (layer: string, x: Tensor): void => {
  checkShape(layer, x, ['n', 'h', 'w', 'c']);
};

/** `checkShape` for tokens. */
export const checkTokens = (layer: string, x: Tensor): void => {
  checkShape(layer, x, ['n', 't', 'c']);
};
