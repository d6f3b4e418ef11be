import { describe, expect, it } from 'vitest';
import { batchNorm, conv2d, flatten, linear } from '../../../src/nn/index.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { recipeSchema } from '../../../src/config/recipe.ts';
import { engineOf, feedsOf, recipeOf } from '../../support/engines.ts';
import { countsWith, follow, PIXELS, type Rule, smallNetwork, TOLERANCE, valuesOf } from '../../support/follow.ts';

const DECAY = 0.05;

/** A warm-up from 0, a plateau and a decrease; the authors' code weights each step by the highest rate so far. */
const rates = [0, 0.05, 0.1, 0.1, 0.02];
const rate = (step: number): number => rates[step]!;

/** The weight of z in its average in the authors' code: lr_max^2 over the sum of all lr_max^2 so far. */
function partAt(step: number): number {
  const squares = rates.slice(0, step + 1).map((_, i) => Math.max(...rates.slice(0, i + 1)) ** 2);
  const sum = squares.reduce((a, b) => a + b, 0);
  return sum === 0 ? 0 : squares[step]! / sum;
}

/** The step of the authors' code on y and z (schedulefree, `step`), and x by equation 5 of the paper. */
const scheduleFree =
  (beta: number, own: (gradient: readonly number[], squares: readonly number[], step: number) => number[]): Rule =>
  ({ name, gradient, before, step, rate: r }) => {
    const y = before.get(name)!;
    const z = before.get(`moved/${name}`)!;
    const x = before.get(`average/${name}`)!;
    const squares = before.get(`squareAverage/${name}`) ?? [];
    const direction = own(gradient, squares, step).map((value, i) => value + DECAY * y[i]!);
    const part = partAt(step);
    const nextZ = z.map((value, i) => value - r * direction[i]!);
    return {
      [name]: y.map((value, i) => {
        const mixed = value + part * (z[i]! - value);
        return mixed + direction[i]! * r * (beta * (1 - part) - 1);
      }),
      [`moved/${name}`]: nextZ,
      [`average/${name}`]: x.map((value, i) => (1 - part) * value + part * nextZ[i]!),
    };
  };

const weightDecay = { value: DECAY, kind: 'decoupled' };

describe('schedule-free', () => {
  it("SGD follows the authors' code, with a warm-up from 0 and a rate that decreases", () => {
    const recipe = { optimizer: { name: 'scheduleFreeSgd', momentum: 0.8 }, weightDecay };
    const rule = scheduleFree(0.8, (gradient) => [...gradient]);
    expect(follow({ recipe, rule, rate, steps: rates.length })).toBeLessThan(TOLERANCE);
  });

  it("AdamW follows the authors' code", () => {
    const recipe = { optimizer: { name: 'scheduleFreeAdamw', epsilon: 1e-3 }, weightDecay };
    const rule = scheduleFree(0.9, (gradient, squares, step) =>
      gradient.map((g, i) => {
        const second = (0.999 * squares[i]! + 0.001 * g * g) / (1 - 0.999 ** (step + 1));
        return g / (Math.sqrt(second) + 1e-3);
      }),
    );
    expect(follow({ recipe, rule, rate, steps: rates.length })).toBeLessThan(TOLERANCE);
  });

  it('evaluates the average, which is the mean of all z with a constant rate', () => {
    const recipe = recipeOf({ optimizer: { name: 'scheduleFreeSgd' } });
    const engine = engineOf(smallNetwork, PIXELS, 'graph', recipe);
    const seen: number[][] = [];
    for (let step = 0; step < 5; step++) {
      engine.step(feedsOf(step, { side: PIXELS }));
      seen.push(valuesOf(engine.readState()).get('moved/fc.bias')!);
    }
    const averaged = valuesOf(engine.readState()).get('average/fc.bias')!;
    averaged.forEach((value, i) => {
      expect(value).toBeCloseTo(seen.reduce((sum, z) => sum + z[i]!, 0) / 5, 6);
    });
    const { images, labels } = feedsOf(9, { side: PIXELS });
    const given = { images, labels, count: 4 };
    expect(engine.evaluate(given, 'averaged').lossSum).not.toBe(engine.evaluate(given).lossSum);
    engine.close();
  });

  it('evaluates the average with the moving statistics of training', () => {
    const normed: Forward = (net, x) => {
      const y = batchNorm(net.at('bn'), conv2d(net.at('conv'), x, { filters: 4, kernel: 1, bias: false }));
      return linear(net.at('fc'), flatten(y), { units: 4 });
    };
    for (const mode of ['graph', 'eager'] as const) {
      const engine = engineOf(normed, PIXELS, mode, recipeOf({ optimizer: { name: 'scheduleFreeSgd' } }));
      for (let step = 0; step < 3; step++) engine.step(feedsOf(step, { side: PIXELS }));
      const state = valuesOf(engine.readState());
      for (const name of ['bn.running_mean', 'bn.running_var'])
        expect(state.get(`average/${name}`)).toEqual(state.get(name));
      engine.close();
    }
  });

  it('costs 8 FLOPs per parameter with SGD and 16 with AdamW, and 11 per step', () => {
    const parameters = 6 * 3 * 9 + 4 * 54 + 4;
    const updateOf = (name: string) => countsWith({ optimizer: { name } }).flops.byKind['update'];
    // z: rate, difference; x: two products and a sum; y: a mixture, 3. Per step: maximum, comparison, difference, sum, quotient,
    // square, product, sum, maximum, quotient; 1 - c.
    expect(updateOf('scheduleFreeSgd')).toBe(8 * parameters + 11);
    // The average of squares 3 + 1, root, correction, sum, quotient.
    expect(updateOf('scheduleFreeAdamw')).toBe(16 * parameters + 11);
  });

  it.each([
    ['a schedule', { schedule: { name: 'cosine' } }, /recipe.schedule is cosine/],
    ['another average', { movingAverage: { decay: 0.9 } }, /both keep averaged weights.*remove one of them/],
  ])('is refused together with %s', (_, given, message) => {
    const recipe = { batch: 4, epochs: 2, learningRate: 0.1, optimizer: { name: 'scheduleFreeSgd' }, ...given };
    const result = recipeSchema.safeParse(recipe);
    expect(result.error?.message).toMatch(message);
  });
});
