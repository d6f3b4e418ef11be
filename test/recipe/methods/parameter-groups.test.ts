import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src/config/recipe.ts';
import { moveAt } from '../../../src/recipe/methods/lookahead.ts';
import { engineOf, recipeOf } from '../../support/engines.ts';
import { linearNetwork } from '../../support/linear-reference.ts';
import { follow, TOLERANCE } from '../../support/follow.ts';

describe('parameter groups', () => {
  it('give the parameters of a role their own rate and decay, as torch.optim.SGD with two groups does', () => {
    const value = 0.3;
    const [rate, decay] = [4, 0.25];
    const worst = follow({
      recipe: {
        optimizer: { name: 'sgd', momentum: 0.9 },
        weightDecay: { value },
        parameterGroups: [{ role: 'bias', rate, decay }],
      },
      rule: ({ name, gradient, before, rate: learningRate }) => {
        const isBias = name.endsWith('.bias');
        const weight = before.get(name)!;
        const velocity = before.get(`momentum/${name}`)!;
        const moved = gradient.map((g, i) => 0.9 * velocity[i]! + g + value * (isBias ? decay : 1) * weight[i]!);
        const step = learningRate * (isBias ? rate : 1);
        return { [name]: weight.map((w, i) => w - step * moved[i]!), [`momentum/${name}`]: moved };
      },
    });
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('are refused if two are for the same role', () => {
    const given = { batch: 4, epochs: 1, learningRate: 0.1, parameterGroups: [{ role: 'bias' }, { role: 'bias' }] };
    expect(recipeSchema.safeParse(given).error?.message).toMatch(/has two groups for the role bias: remove one/);
  });

  it('are refused where they change nothing', () => {
    const given = { batch: 4, epochs: 1, learningRate: 0.1, parameterGroups: [{ role: 'bias', rate: 1 }] };
    expect(recipeSchema.safeParse(given).error?.message).toMatch(/has a group for bias that changes nothing/);
  });

  it('are refused with a decay if nothing decays', () => {
    const given = { batch: 4, epochs: 1, learningRate: 0.1, parameterGroups: [{ role: 'bias', rate: 2, decay: 0.5 }] };
    expect(recipeSchema.safeParse(given).error?.message).toMatch(
      /has a group for bias with decay 0.5, but recipe.weightDecay.value is 0, so nothing decays: remove that decay/,
    );
    expect(recipeSchema.safeParse({ ...given, weightDecay: { value: 0.1 } }).success).toBe(true);
  });

  it.each([
    ['bias', 'biases'],
    ['embedding', 'biases'],
    ['normScale', 'norms'],
    ['normOffset', 'norms'],
    ['layerScale', 'norms'],
  ])('are refused with a decay for %s if weightDecay.%s is false', (role, key) => {
    const common = { batch: 4, epochs: 1, learningRate: 0.1 };
    const messageOf = (group: object, decaying: object) =>
      recipeSchema.safeParse({ ...common, weightDecay: { value: 0.1, ...decaying }, parameterGroups: [group] }).error
        ?.message;
    const group = { role, rate: 2, decay: 0.5 };
    expect(messageOf(group, { [key]: false })).toContain(
      `has a group for ${role} with decay 0.5, but recipe.weightDecay.${key} is false, so they do not decay: remove that decay, or set weightDecay.${key} to true`,
    );
    expect(messageOf({ role, rate: 2 }, { [key]: false })).toBeUndefined();
    expect(messageOf(group, { [key === 'norms' ? 'biases' : 'norms']: false })).toBeUndefined();
    expect(messageOf({ ...group, role: 'weight' }, { [key]: false })).toBeUndefined();
  });

  it('are refused for a role that no parameter of the network has', () => {
    const recipe = recipeOf({
      parameterGroups: [
        { role: 'weight', rate: 3, decay: 1 },
        { role: 'layerScale', rate: 2, decay: 1 },
      ],
    });
    expect(() => engineOf(linearNetwork, 3, 'graph', recipe)).toThrow(
      /^recipe.parameterGroups: the network has no parameter of the role layerScale: remove that group; its roles are weight, bias$/,
    );
  });
});

describe("airbench's lookahead", () => {
  const times = { steps: 5, rate: 0.5, fromEpoch: 2, decay: { base: 0.95, power: 3 }, restorePerEpoch: true };
  /** 10 steps per epoch, 4 epochs. */
  const move = (step: number) =>
    moveAt(times, { step, epochs: { before: step / 10, after: (step + 1) / 10, total: 4 } });

  it('keeps the slow weights equal to the fast ones before its first epoch', () => {
    expect([0, 4, 19].map(move)).toEqual([
      { due: 1, rate: 1 },
      { due: 1, rate: 1 },
      { due: 1, rate: 1 },
    ]);
  });

  it('moves the slow weights every five steps by 1 - 0.95^5 (step / steps)^3', () => {
    expect(move(20)).toEqual({ due: 0, rate: 0 });
    expect(move(24)).toEqual({ due: 1, rate: 1 - 0.95 ** 5 * (25 / 40) ** 3 });
  });

  it('returns to the slow weights at the end of an epoch', () => {
    const odd = { ...times, steps: 7 };
    const last = { step: 29, epochs: { before: 2.9, after: 3, total: 4 } };
    expect(moveAt(odd, last)).toEqual({ due: 1, rate: 0 });
    expect(moveAt({ ...odd, restorePerEpoch: undefined }, last)).toEqual({ due: 0, rate: 0 });
  });
});
