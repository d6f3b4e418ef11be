import { z } from 'zod';
import type { TensorSpec } from '../../nn/scope.ts';
import { multiply, scalar } from '../../nn/raw.ts';
import { defineMethod, isTrained } from '../method.ts';

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

function findGroupProblem(groups: NonNullable<Groups>, weightDecay: number): string | undefined {
  const roles = groups.map(({ role }) => role);
  const repeated = roles.find((role, index) => roles.indexOf(role) !== index);
  if (repeated !== undefined) return `has two groups for the role ${repeated}: remove one`;
  const idle = groups.find(({ rate, decay }) => rate === 1 && decay === 1);
  if (idle !== undefined)
    return `has a group for ${idle.role} that changes nothing: give it a rate or a decay other than 1, or remove it`;
  const decaying = groups.find(({ decay }) => decay !== 1);
  return decaying && weightDecay === 0
    ? `has a group for ${decaying.role} with decay ${decaying.decay}, but recipe.weightDecay.value is 0, so nothing decays: remove that decay, or set weightDecay.value above 0`
    : undefined;
}

/** Describes a group without a parameter, which would change nothing; undefined if there is none. */
function findEmptyGroupProblem(groups: NonNullable<Groups>, specs: readonly TensorSpec[]): string | undefined {
  const roles = new Set(specs.filter(isTrained).map(({ role }) => role));
  const empty = groups.find(({ role }) => !roles.has(role));
  return (
    empty &&
    `recipe.parameterGroups: the network has no parameter of the role ${empty.role}: remove that group; its roles are ${[...roles].join(', ')}`
  );
}

/**
 * Factors on the learning rate and the weight decay of some parameters, like parameter groups in torch.optim. airbench trains the
 * offsets of its norms at 64 times the learning rate (Jordan 2024, arXiv 2404.00498, section 3.4).
 */
export const parameterGroups = defineMethod({
  order: 530,
  schema,
  check: (groups, { weightDecay }) => groups && findGroupProblem(groups, (weightDecay as { value: number }).value),
  create: (groups) =>
    groups && {
      findProblem: (specs) => findEmptyGroupProblem(groups, specs),
      parameters: () => ({
        rate: (learningRate, spec) => {
          const factor = findGroup(groups, spec)?.rate ?? 1;
          return factor === 1 ? learningRate : multiply(learningRate, scalar(factor));
        },
      }),
    },
});
