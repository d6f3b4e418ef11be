import { z } from 'zod';
import { add, multiply, scalar } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { DataType } from '../../runtime/types.ts';
import { defineMethod, specsLikeTrained, type Step } from '../method.ts';

const ACCUMULATED = 'accumulated/';

/** The variable with the sum of the gradients of a parameter so far. */
const accumulatedGradient = ({ inputs }: Step, name: string, { shape }: Tensor): Tensor =>
  inputs.variable(ACCUMULATED + name, shape, DataType.float);

/**
 * The number of equal parts into which a batch is split, for batches that do not fit into memory. The parts are computed one after
 * another and their gradients are summed; after the last part, the mean of the gradients updates the weights.
 * @example 4
 */
export const gradientAccumulation = defineMethod({
  order: 510,
  schema: z.int().min(1).max(1024).default(1),
  check: (parts, { batch }) =>
    batch % parts === 0
      ? undefined
      : `is ${parts}, but a batch of ${batch} cannot be split into ${parts} equal parts: choose a divisor of ${batch}`,
  create: (parts) =>
    parts === 1
      ? undefined
      : {
          calls: [...Array<string>(parts - 1).fill('accumulate'), 'train'],
          state: (specs) => specsLikeTrained(specs, ACCUMULATED, 0),
          functions: {
            accumulate: ({ gradients, statistics }, step) =>
              new Map([
                ...statistics,
                ...[...gradients].map(([name, gradient]): [string, Tensor] => [
                  ACCUMULATED + name,
                  add(accumulatedGradient(step, name, gradient), gradient),
                ]),
              ]),
          },
          gradients: (gradients, step, updates) =>
            new Map(
              [...gradients].map(([name, gradient]) => {
                const before = accumulatedGradient(step, name, gradient);
                updates.set(ACCUMULATED + name, multiply(before, scalar(0)));
                return [name, multiply(add(before, gradient), scalar(1 / parts))];
              }),
            ),
        },
});
