import { describe, expect, it } from 'vitest';
import { flatten, linear } from '../../src/nn/index.ts';
import type { Forward } from '../../src/nn/scope.ts';
import type { StateTensor } from '../../src/engine/engine.ts';
import { engineOf, feedsOf, recipeOf } from '../support/engines.ts';

const PIXELS = 3;
const RATE = 0.1;
const network: Forward = (net, x) => linear(net.at('fc'), flatten(x), { units: 4 });
const feeds = (step: number) => ({ ...feedsOf(step, { side: PIXELS }), learningRate: RATE });
const weightOf = (state: ReadonlyMap<string, StateTensor>): number[] => Array.from(state.get('fc.weight')!.values);

/** The gradient at given weights: the change of the weights by one plain SGD step with learning rate 1. */
function gradientAt(state: ReadonlyMap<string, StateTensor>, step: number): number[] {
  const plain = engineOf(network, PIXELS, 'eager', recipeOf({ optimizer: { name: 'sgd', momentum: 0 } }));
  const own = plain.readState();
  plain.writeState(new Map([...own.keys()].map((name) => [name, state.get(name)!])));
  plain.step({ ...feeds(step), learningRate: 1 });
  const after = weightOf(plain.readState());
  plain.close();
  return weightOf(state).map((before, i) => before - after[i]!);
}

type Rule = (weight: number, gradient: number, memory: { a: number; b: number }, step: number) => number;

const STEPS = 3;

/** The largest difference of the weights from a rule after some steps, each of which starts from the engine's weights. */
function maxDifference(recipe: object, rule: Rule, start = { a: 0, b: 0 }): number {
  const engine = engineOf(network, PIXELS, 'graph', recipeOf(recipe));
  const memories = weightOf(engine.readState()).map(() => ({ ...start }));
  let worst = 0;
  for (let step = 0; step < STEPS; step++) {
    const before = engine.readState();
    const gradient = gradientAt(before, step);
    const expected = weightOf(before).map((w, i) => rule(w, gradient[i]!, memories[i]!, step));
    engine.step(feeds(step));
    weightOf(engine.readState()).forEach((w, i) => {
      worst = Math.max(worst, Math.abs(w - expected[i]!));
    });
  }
  engine.close();
  return worst;
}

/** The tolerance for float32 numbers around 1; a wrong formula differs by at least 1e-3. */
const TOLERANCE = 2e-6;

describe('optimizers follow their definitions', () => {
  it('SGD with momentum and coupled decay, torch.optim.SGD', () => {
    const rule: Rule = (w, g, m) => {
      m.a = 0.9 * m.a + g + 0.01 * w;
      return w - RATE * m.a;
    };
    expect(maxDifference({ weightDecay: { value: 0.01 } }, rule)).toBeLessThan(TOLERANCE);
  });

  it('SGD with Nesterov momentum, torch.optim.SGD', () => {
    const rule: Rule = (w, g, m) => {
      m.a = 0.9 * m.a + g;
      return w - RATE * (g + 0.9 * m.a);
    };
    expect(maxDifference({ optimizer: { name: 'sgd', nesterov: true } }, rule)).toBeLessThan(TOLERANCE);
  });

  it('RMSProp with epsilon in the root and averages from 1, tf.train.RMSPropOptimizer', () => {
    const rule: Rule = (w, g, m) => {
      m.a = 0.9 * m.a + 0.1 * g * g;
      m.b = 0.9 * m.b + (RATE * g) / Math.sqrt(m.a + 0.001);
      return w - m.b;
    };
    const recipe = { optimizer: { name: 'rmsprop', decay: 0.9, momentum: 0.9, epsilon: 0.001 } };
    expect(maxDifference(recipe, rule, { a: 1, b: 0 })).toBeLessThan(TOLERANCE);
  });

  it('momentum with decoupled decay, SGDW of Loshchilov & Hutter 2019', () => {
    const rule: Rule = (w, g, m) => {
      m.a = 0.9 * m.a + g;
      return w * (1 - RATE * 0.05) - RATE * m.a;
    };
    const recipe = { weightDecay: { value: 0.05, kind: 'decoupled' } };
    expect(maxDifference(recipe, rule)).toBeLessThan(TOLERANCE);
  });

  it('Adam with decoupled decay, torch.optim.AdamW', () => {
    const rule: Rule = (w, g, m, step) => {
      m.a = 0.9 * m.a + 0.1 * g;
      m.b = 0.999 * m.b + 0.001 * g * g;
      const first = m.a / (1 - 0.9 ** (step + 1));
      const second = m.b / (1 - 0.999 ** (step + 1));
      return w * (1 - RATE * 0.05) - (RATE * first) / (Math.sqrt(second) + 1e-3);
    };
    const recipe = {
      optimizer: { name: 'adam', epsilon: 1e-3 },
      weightDecay: { value: 0.05, kind: 'decoupled' },
    };
    expect(maxDifference(recipe, rule)).toBeLessThan(TOLERANCE);
  });
});

describe('state', () => {
  it('is the same after reading and writing it, in both modes', () => {
    const graph = engineOf(network, PIXELS, 'graph', recipeOf({}));
    graph.step(feeds(0));
    const eager = engineOf(network, PIXELS, 'eager', recipeOf({}));
    eager.writeState(graph.readState());
    expect(eager.step(feeds(1))).toBe(graph.step(feeds(1)));
    expect(eager.readState()).toEqual(graph.readState());
    graph.close();
    eager.close();
  });

  it('of another network is refused, naming every mismatch, and the engine does not change', () => {
    const engine = engineOf(network, PIXELS, 'graph', recipeOf({}));
    const before = engine.readState();
    const wrong = new Map(before);
    wrong.delete('fc.bias');
    wrong.set('fc.weight', { shape: [4, 26], values: new Float32Array(104) });
    wrong.set('other', { shape: [1], values: new Float32Array(1) });
    expect(() => {
      engine.writeState(wrong);
    }).toThrow(/fc\.bias is missing.*other is extra.*fc\.weight is \[4, 26\], expected \[4, 27\]/);
    expect(engine.readState()).toEqual(before);
    engine.close();
  });

  it('with non-finite weights is reported with its layer', () => {
    const engine = engineOf(network, PIXELS, 'graph', recipeOf({}));
    const state = new Map(engine.readState());
    const weight = state.get('fc.weight')!;
    state.set('fc.weight', {
      ...weight,
      values: weight.values.map((v, i) => (i === 5 ? Number.NaN : v)),
    });
    engine.writeState(state);
    expect(engine.findNonFinite(feeds(0))).toEqual({ layer: 'fc', op: 'weights' });
    engine.close();
  });

  it('with finite weights is reported with the op that overflows', () => {
    const engine = engineOf(network, PIXELS, 'graph', recipeOf({}));
    const state = new Map(engine.readState());
    const weight = state.get('fc.weight')!;
    state.set('fc.weight', { ...weight, values: weight.values.map(() => 3e38) });
    engine.writeState(state);
    expect(engine.findNonFinite(feeds(0))).toEqual({ layer: 'fc', op: 'MatMul' });
    expect(weightOf(engine.readState())[0]).toBeCloseTo(3e38, -33);
    engine.close();
  });

  it('is reported with the op that overflows in a later part of an accumulated batch', () => {
    const augmentation = { flip: false, mean: [0, 0, 0], standardDeviation: [1, 1, 1] };
    const recipe = recipeOf({ gradientAccumulation: 2, augmentation });
    const engine = engineOf(network, PIXELS, 'graph', recipe);
    const state = new Map(engine.readState());
    const weight = state.get('fc.weight')!;
    state.set('fc.weight', { ...weight, values: weight.values.map(() => 3e38) });
    engine.writeState(state);
    // The first part has black images, so that 0 times 3e38 does not overflow.
    const given = feeds(0);
    const images = given.images.map((value, i) => (i < given.images.length / 2 ? 0 : value | 128));
    expect(engine.findNonFinite({ ...given, images })).toEqual({ layer: 'fc', op: 'MatMul' });
    engine.close();
  });

  it('has a constant number of tensors over steps, in both modes', () => {
    for (const mode of ['graph', 'eager'] as const) {
      const engine = engineOf(network, PIXELS, mode, recipeOf({ movingAverage: { decay: 0.9 } }));
      engine.step(feeds(0));
      const before = engine.tensorsAlive();
      for (let step = 1; step < 5; step++) engine.step(feeds(step));
      expect(engine.tensorsAlive()).toBe(before);
      engine.close();
    }
  });
});
