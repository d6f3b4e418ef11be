import { z } from 'zod';
import { annotate } from '../../nn/annotation.ts';
import { add, divide, int, multiply, op, scalar, squareRoot, T } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { defineMethod } from '../method.ts';

/** rho / (|g| + 1e-12), where |g| is the L2 norm of all gradients together; a scalar. */
function ascentFactor(gradients: readonly Tensor[], rho: number): Tensor {
  const halves = gradients.map((gradient) => op('L2Loss', [T], [gradient]));
  const squares = multiply(op('AddN', [T, int('N', halves.length)], halves), scalar(2));
  return divide(scalar(rho), add(squareRoot(squares), scalar(1e-12)));
}

/**
 * SAM (Foret et al. 2021, arXiv 2010.01412, algorithm 1): computes the gradient at w + rho g / |g| instead of w. The loss and the
 * moving statistics come from the first pass, at w. The FLOPs of both passes are counted.
 */
export const sharpnessAware = defineMethod({
  order: 410,
  schema: z
    .strictObject({
      /** The distance from the weights at which the gradient is computed (L2 norm). */
      rho: z.number().positive().default(0.05),
    })
    .optional(),
  check: (config, { gradientAccumulation }) =>
    config && gradientAccumulation > 1
      ? `cannot be combined with gradientAccumulation ${gradientAccumulation}: each part of the batch would get its own point for the gradient, so the result would depend on the number of parts; remove one of the two`
      : undefined,
  create: (config) =>
    config && {
      differentiate: (next) => (variables) => {
        const first = next(variables);
        const perturbed = annotate({ layer: '', direction: 'update' }, () => {
          const factor = ascentFactor([...first.gradients.values()], config.rho);
          return [...first.gradients].map(([name, gradient]): [string, Tensor] => [
            name,
            add(variables.get(name)!, multiply(gradient, factor)),
          ]);
        });
        return { ...first, gradients: next(new Map([...variables, ...perturbed])).gradients };
      },
    },
});
