import { describe, expect, it } from 'vitest';
import { countsWith, follow, type Rule, TOLERANCE } from '../../support/follow.ts';

const DECAY = 0.05;

describe('Lion', () => {
  it('steps by the sign of a mixture of momentum and gradient (Chen et al. 2023, algorithm 2)', () => {
    const rule: Rule = ({ name, gradient, before, rate }) => {
      const weight = before.get(name)!;
      const momentum = before.get(`momentum/${name}`)!;
      return {
        [name]: weight.map((w, i) => w - rate * (Math.sign(0.9 * momentum[i]! + 0.1 * gradient[i]!) + DECAY * w)),
        [`momentum/${name}`]: momentum.map((m, i) => 0.99 * m + 0.01 * gradient[i]!),
      };
    };
    const recipe = { optimizer: { name: 'lion' }, weightDecay: { value: DECAY, kind: 'decoupled' } };
    expect(follow({ recipe, rule })).toBeLessThan(TOLERANCE);
  });

  it('costs 9 FLOPs per parameter: two mixtures of 3, sign, product with the rate, difference', () => {
    const parameters = 6 * 3 * 9 + 4 * 54 + 4;
    expect(countsWith({ optimizer: { name: 'lion' } }).flops.byKind['update']).toBe(9 * parameters);
  });
});
