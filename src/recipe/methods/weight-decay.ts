import { z } from 'zod';
import { add, multiply, scalar, subtract } from '../../nn/raw.ts';
import type { TensorSpec } from '../../nn/scope.ts';
import { defineMethod, type ParameterRule } from '../method.ts';

const schema = z
  .strictObject({
    /**
     * The weight decay; 0 turns it off.
     * @example 1e-4
     */
    value: z.number().min(0).default(0),
    /** Coupled: added to the gradient (L2). Decoupled: subtracted from the weights (Loshchilov & Hutter 2019). */
    kind: z.enum(['coupled', 'decoupled']).default('coupled'),
    /** Whether biases and embeddings decay too. */
    biases: z.boolean().default(true),
    /** Whether the scales and offsets of norms decay too. */
    norms: z.boolean().default(true),
  })
  .prefault({});
type WeightDecay = z.output<typeof schema>;

/** Tokens and position embeddings are added to what a layer sees, as a bias is; a layer scale has a factor per channel, as a norm. */
const decays = ({ role }: TensorSpec, { biases, norms }: WeightDecay): boolean =>
  ({
    weight: true,
    bias: biases,
    embedding: biases,
    normScale: norms,
    normOffset: norms,
    layerScale: norms,
    statistic: false,
  })[role];

const coupled = (config: WeightDecay): ParameterRule => ({
  gradient: (gradient, { spec, weight }) =>
    decays(spec, config) ? add(gradient, multiply(weight, scalar(config.value))) : gradient,
});

/**
 * As torch.optim.AdamW, where the weights shrink by lr * decay; after the step, which may change the variable in place. Where
 * the optimizer scales its direction as a whole, decay * w is added to that.
 */
const decoupled = (config: WeightDecay): ParameterRule => ({
  direction: (direction, { spec, weight }) =>
    decays(spec, config) ? add(direction, multiply(weight, scalar(config.value))) : direction,
  weight: (moved, { spec, weight, learningRate }) =>
    decays(spec, config) ? subtract(moved, multiply(weight, multiply(learningRate, scalar(config.value)))) : moved,
});

/** Weight decay: reduces the weights towards 0. */
export const weightDecay = defineMethod({
  schema,
  create: (config) => {
    if (config.value === 0) return undefined;
    const rule = config.kind === 'coupled' ? coupled(config) : decoupled(config);
    return { parameters: () => rule };
  },
});
