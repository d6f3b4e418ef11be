import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src/config/recipe.ts';
import type { StateTensor } from '../../../src/engine/engine.ts';
import { engineOf, feedsOf, recipeOf } from '../../support/engines.ts';
import { countsWith, gradientsAt, norm, PIXELS, smallNetwork, TOLERANCE, valuesOf } from '../../support/follow.ts';

const RHO = 0.3;
const RATE = 0.1;
const recipe = { sharpnessAware: { rho: RHO } };

/** The weights moved by rho g / |g|, |g| over all parameters. */
function uphill(state: ReadonlyMap<string, StateTensor>, step: number): Map<string, StateTensor> {
  const gradients = gradientsAt(smallNetwork, state, step);
  const length = norm([...gradients.values()].flat());
  return new Map(
    [...state].map(([name, tensor]) => {
      const gradient = gradients.get(name);
      return [
        name,
        gradient ? { ...tensor, values: tensor.values.map((w, i) => w + (RHO * gradient[i]!) / length) } : tensor,
      ];
    }),
  );
}

describe('sharpness-aware minimization', () => {
  it('steps by the gradient at the weights moved uphill (Foret et al. 2021, algorithm 1)', () => {
    const engine = engineOf(smallNetwork, PIXELS, 'graph', recipeOf(recipe));
    const plain = engineOf(smallNetwork, PIXELS, 'graph', recipeOf({}));
    for (let step = 0; step < 3; step++) {
      const state = engine.readState();
      const gradients = gradientsAt(smallNetwork, uphill(state, step), step);
      plain.writeState(state);
      const feeds = feedsOf(step, { side: PIXELS });
      const loss = plain.step(feeds);
      expect(engine.step(feeds)).toBeCloseTo(loss, 6);
      const [before, after] = [valuesOf(state), valuesOf(engine.readState())];
      for (const [name, gradient] of gradients)
        after.get(name)!.forEach((w, i) => {
          const momentum = 0.9 * before.get(`momentum/${name}`)![i]! + gradient[i]!;
          expect(Math.abs(w - (before.get(name)![i]! - RATE * momentum))).toBeLessThan(TOLERANCE);
        });
    }
    engine.close();
    plain.close();
  });

  it('costs two forward and two backward passes; moving uphill costs 4 FLOPs per parameter and 6 per step', () => {
    const [own, other] = [countsWith(recipe), countsWith({})];
    expect(own.macs.forward).toBe(2 * other.macs.forward);
    expect(own.macs.step).toBe(2 * other.macs.step);
    // Per parameter: L2 loss 2, product, sum. Per step: sum of the three tensors' losses 2, doubling, root, sum, quotient.
    const parameters = 6 * 3 * 9 + 4 * 54 + 4;
    const { update: before = 0 } = other.flops.byKind;
    expect(own.flops.byKind['update']).toBe(before + 4 * parameters + 2 + 4);
  });

  it('is refused together with accumulated gradients', () => {
    const given = { batch: 4, epochs: 1, learningRate: 0.1, gradientAccumulation: 2, ...recipe };
    expect(recipeSchema.safeParse(given).error?.message).toMatch(
      /depend on the number of parts; remove one of the two/,
    );
  });
});
