import { z } from 'zod';
import type { TensorSpec } from '../../nn/scope.ts';
import { multiply, scalar } from '../../nn/raw.ts';
import { defineMethod } from '../method.ts';

const schema = z
  .array(
    z.strictObject({
      /** The role of the group's parameters. */
      role: z.enum(['weight', 'bias', 'normScale', 'normOffset', 'layerScale', 'embedding']),
      /**
       * Factor on the learning rate.
       * @example 64
       */
      rate: z.number().positive().default(1),
      /**
       * Factor on the weight decay.
       * @example 0.5
       */
      decay: z.number().min(0).default(1),
    }),
  )
  .min(1)
  .optional();
type Groups = z.output<typeof schema>;

const findGroup = (groups: Groups, { role }: TensorSpec) => groups?.find((group) => group.role === role);

/** The factor on the weight decay of a parameter. `groups`: the value of this method in the recipe. */
export const decayFactor = (groups: unknown, spec: TensorSpec): number => findGroup(groups as Groups, spec)?.decay ?? 1;

function duplicateProblem(groups: NonNullable<Groups>): string | undefined {
  const roles = groups.map(({ role }) => role);
  const repeated = roles.find((role, index) => roles.indexOf(role) !== index);
  return repeated === undefined ? undefined : `has two groups for the role ${repeated}: remove one`;
}

/**
 * Factors on the learning rate and the weight decay of some parameters, like parameter groups in torch.optim. airbench trains the
 * offsets of its norms at 64 times the learning rate (Jordan 2024, arXiv 2404.00498, section 3.4).
 */
export const parameterGroups = defineMethod({
  schema,
  check: (groups) => groups && duplicateProblem(groups),
  create: (groups) =>
    groups && {
      parameters: () => ({
        rate: (learningRate, spec) => {
          const factor = findGroup(groups, spec)?.rate ?? 1;
          return factor === 1 ? learningRate : multiply(learningRate, scalar(factor));
        },
      }),
    },
});
