import { z } from 'zod';
import { add, multiply, scalar, subtract } from '../../nn/raw.ts';
import type { TensorSpec } from '../../nn/scope.ts';
import { leftOutBy } from '../decaying-roles.ts';
import { defineMethod, type ParameterRule } from '../method.ts';
import { decayFactor } from './parameter-groups.ts';

const schema = z
  .strictObject({
    /**
     * The weight decay; 0 turns it off.
     * @example 1e-4
     */
    value: z.number().min(0).default(0),
    /** `coupled`: added to the gradient (L2 regularization); `decoupled`: subtracted from the weights (Loshchilov & Hutter 2019). */
    kind: z.enum(['coupled', 'decoupled']).default('coupled'),
    /** Whether biases, class tokens and position embeddings decay too. */
    biases: z.boolean().default(true),
    /** Whether the scales and offsets of norms, and layer scales, decay too. */
    norms: z.boolean().default(true),
  })
  .prefault({});
type WeightDecay = z.output<typeof schema>;

/** Whether a parameter decays. */
const decays = ({ role }: TensorSpec, config: WeightDecay): boolean =>
  role !== 'constant' && role !== 'statistic' && leftOutBy(role, config) === undefined;

/** Returns the decay of a parameter, including the factor of its group. */
type DecayOf = (spec: TensorSpec) => number;

const coupled = (decayOf: DecayOf): ParameterRule => ({
  gradient: (gradient, { spec, weight }) => {
    const decay = decayOf(spec);
    return decay > 0 ? add(gradient, multiply(weight, scalar(decay))) : gradient;
  },
});

/**
 * Decoupled decay as in torch.optim.AdamW: the weights shrink by lr * decay. This comes after the optimizer's step, which may change
 * the variable in place. If the optimizer scales its direction as a whole, decay * w is added to the direction instead.
 */
const decoupled = (decayOf: DecayOf): ParameterRule => ({
  direction: (direction, { spec, weight }) => {
    const decay = decayOf(spec);
    return decay > 0 ? add(direction, multiply(weight, scalar(decay))) : direction;
  },
  weight: (moved, { spec, weight, learningRate }) => {
    const decay = decayOf(spec);
    return decay > 0 ? subtract(moved, multiply(weight, multiply(learningRate, scalar(decay)))) : moved;
  },
});

/** Weight decay: reduces the weights towards 0. */
export const weightDecay = defineMethod({
  order: 540,
  schema,
  create: (config, recipe) => {
    if (config.value === 0) return undefined;
    const decayOf: DecayOf = (spec) =>
      decays(spec, config) ? config.value * decayFactor(recipe['parameterGroups'], spec) : 0;
    const rule = config.kind === 'coupled' ? coupled(decayOf) : decoupled(decayOf);
    return { parameters: () => rule };
  },
});
