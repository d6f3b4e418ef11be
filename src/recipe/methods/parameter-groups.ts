import { z } from 'zod';
import type { TensorSpec } from '../../nn/scope.ts';
import { multiply, scalar } from '../../nn/raw.ts';
import { type DecayingRoles, leftOutBy } from '../decaying-roles.ts';
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

/** What the groups' check needs to know about the recipe's weight decay. */
type WeightDecay = DecayingRoles & { readonly value: number };

/** Describes a decay that has no effect, because the parameters of its role do not decay; undefined if there is none. */
function findDecayProblem(groups: NonNullable<Groups>, weightDecay: WeightDecay): string | undefined {
  const decaying = groups.filter(({ decay }) => decay !== 1);
  const describe = ({ role, decay }: (typeof groups)[number], reason: string, fix: string): string =>
    `has a group for ${role} with decay ${decay}, but recipe.weightDecay.${reason}: remove that decay, or set weightDecay.${fix}`;
  if (decaying[0] !== undefined && weightDecay.value === 0)
    return describe(decaying[0], 'value is 0, so nothing decays', 'value above 0');
  for (const group of decaying) {
    const key = leftOutBy(group.role, weightDecay);
    if (key !== undefined) return describe(group, `${key} is false, so they do not decay`, `${key} to true`);
  }
  return undefined;
}

function findGroupProblem(groups: NonNullable<Groups>, weightDecay: WeightDecay): string | undefined {
  const roles = groups.map(({ role }) => role);
  const repeated = roles.find((role, index) => roles.indexOf(role) !== index);
  if (repeated !== undefined) return `has two groups for the role ${repeated}: remove one`;
  const idle = groups.find(({ rate, decay }) => rate === 1 && decay === 1);
  if (idle !== undefined)
    return `has a group for ${idle.role} that changes nothing: give it a rate or a decay other than 1, or remove it`;
  return findDecayProblem(groups, weightDecay);
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
  check: (groups, { weightDecay }) => groups && findGroupProblem(groups, weightDecay as WeightDecay),
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
