import { z } from 'zod';
import { annotate } from '../../nn/annotation.ts';
import { add, divide, int, multiply, op, scalar, squareRoot, T } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { defineMethod } from '../method.ts';

/** rho / (|g| + 1e-12) with |g| the L2 norm over all gradients; a scalar. */
function uphillFactor(gradients: readonly Tensor[], rho: number): Tensor {
  const halves = gradients.map((gradient) => op('L2Loss', [T], [gradient]));
  const squares = multiply(op('AddN', [T, int('N', halves.length)], halves), scalar(2));
  return divide(scalar(rho), add(squareRoot(squares), scalar(1e-12)));
}

/**
 * SAM (Foret et al. 2021, arXiv 2010.01412, algorithm 1): the gradient is taken at w + rho g / |g|. Loss and moving statistics
 * are those of the first pass, at w. Both passes count.
 */
export const sharpnessAware = defineMethod({
  order: 410,
  schema: z
    .strictObject({
      /** How far from the weights the gradient is taken: the L2 norm of the distance. */
      rho: z.number().positive().default(0.05),
    })
    .optional(),
  check: (config, { gradientAccumulation }) =>
    config && gradientAccumulation > 1
      ? `each of the ${gradientAccumulation} parts of gradientAccumulation would be moved uphill by itself, so the result would depend on their number; leave one of the two out`
      : undefined,
  create: (config) =>
    config && {
      differentiate: (next) => (variables) => {
        const first = next(variables);
        const uphill = annotate({ layer: '', direction: 'update' }, () => {
          const factor = uphillFactor([...first.gradients.values()], config.rho);
          return [...first.gradients].map(([name, gradient]): [string, Tensor] => [
            name,
            add(variables.get(name)!, multiply(gradient, factor)),
          ]);
        });
        return { ...first, gradients: next(new Map([...variables, ...uphill])).gradients };
      },
    },
});
