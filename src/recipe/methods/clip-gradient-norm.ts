import { z } from 'zod';
import { int, multiply, op, scalar, T } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { defineMethod } from '../method.ts';

/** min(1, limit / |g|), where |g| is the L2 norm of all gradients together (Pascanu et al. 2013, algorithm 1); a scalar. */
function clipFactor(gradients: readonly Tensor[], limit: number): Tensor {
  const halves = gradients.map((gradient) => op('L2Loss', [T], [gradient]));
  const squares = multiply(op('AddN', [T, int('N', halves.length)], halves), scalar(2));
  const inverse = op('Rsqrt', [T], [op('Maximum', [T], [squares, scalar(1e-24)])]);
  return op('Minimum', [T], [scalar(1), multiply(inverse, scalar(limit))]);
}

/**
 * Scales all gradients so that their common L2 norm is at most this value (Pascanu et al. 2013).
 * @example 1
 */
export const clipGradientNorm = defineMethod({
  order: 520,
  schema: z.number().positive().optional(),
  create: (limit) =>
    limit === undefined
      ? undefined
      : {
          parameters: (gradients) => {
            const factor = clipFactor([...gradients.values()], limit);
            return { gradient: (gradient) => multiply(gradient, factor) };
          },
        },
});
