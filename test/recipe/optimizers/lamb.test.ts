import { describe, expect, it } from 'vitest';
import { flatten, linear } from '../../../src/nn/index.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { countsWith, follow, norm, type Rule, TOLERANCE } from '../../support/follow.ts';

const DECAY = 0.05;
const EPSILON = 1e-3;

/** Algorithm 2 of You et al. 2020; `isScaled` says which parameters have a trust ratio. */
const lamb =
  (isScaled: (name: string) => boolean): Rule =>
  ({ name, gradient, before, step, rate }) => {
    const weight = before.get(name)!;
    const m = before.get(`gradientAverage/${name}`)!.map((value, i) => 0.9 * value + 0.1 * gradient[i]!);
    const v = before.get(`squareAverage/${name}`)!.map((value, i) => 0.999 * value + 0.001 * gradient[i]! ** 2);
    const direction = weight.map((w, i) => {
      const first = m[i]! / (1 - 0.9 ** (step + 1));
      const second = v[i]! / (1 - 0.999 ** (step + 1));
      return first / (Math.sqrt(second) + EPSILON) + DECAY * w;
    });
    const [length, change] = [norm(weight), norm(direction)];
    const ratio = isScaled(name) && length > 0 && change > 0 ? length / change : 1;
    return {
      [name]: weight.map((w, i) => w - rate * ratio * direction[i]!),
      [`gradientAverage/${name}`]: m,
      [`squareAverage/${name}`]: v,
    };
  };

const recipeWith = (more: object) => ({
  optimizer: { name: 'lamb', epsilon: EPSILON, ...more },
  weightDecay: { value: DECAY, kind: 'decoupled' },
});

describe('LAMB', () => {
  it('scales the update of weights to their norm, and moves biases as AdamW does', () => {
    const rule = lamb((name) => name.endsWith('weight'));
    expect(follow({ recipe: recipeWith({}), rule })).toBeLessThan(TOLERANCE);
  });

  it('scales the updates of all parameters with adapt: all', () => {
    const rule = lamb(() => true);
    expect(follow({ recipe: recipeWith({ adapt: 'all' }), rule })).toBeLessThan(TOLERANCE);
  });

  it('does not scale the update of weights with the norm 0', () => {
    const zeroWeights: Forward = (net, x) => {
      const flat = flatten(x);
      return linear(net.at('fc'), flat, { units: 4, bias: false, initialize: { constant: 0 } });
    };
    const rule = lamb(() => true);
    expect(follow({ recipe: recipeWith({}), rule, forward: zeroWeights, steps: 2 })).toBeLessThan(TOLERANCE);
  });

  it('costs 18 FLOPs per weight, 13 per trust ratio and 14 per bias', () => {
    // Adam's direction: two averages of 3, square, root, two corrections, sum, quotient: 12. Rate and difference: 2.
    // Two norms: 4 per element, product and root 2 each. Trust ratio: two comparisons, product, difference, sum, quotient, product, sum: 8;
    // product with the rate: 1.
    const weights = 6 * 3 * 9 + 4 * 54;
    const expected = 18 * weights + 2 * (4 + 8 + 1) + 14 * 4;
    expect(countsWith({ optimizer: { name: 'lamb' } }).flops.byKind['update']).toBe(expected);
  });
});
