import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src/config/recipe.ts';
import type { EngineOptions } from '../../../src/engine/create-engine.ts';
import { batchNorm, conv2d, flatten, linear } from '../../../src/nn/index.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { dependsOnLength } from '../../../src/recipe/active.ts';
import { engineOf, feedsOf, recipeOf, runSteps } from '../../support/engines.ts';
import { countsWith, PIXELS, valuesOf } from '../../support/follow.ts';

const normed: Forward = (net, x) => {
  const y = batchNorm(net.at('bn'), conv2d(net.at('conv'), x, { filters: 4, kernel: 1, bias: false }));
  return linear(net.at('fc'), flatten(y), { units: 4 });
};
const NAMES = ['conv.weight', 'bn.weight', 'bn.bias', 'bn.running_mean', 'bn.running_var', 'fc.weight', 'fc.bias'];
const PARAMETERS = 4 * 3 + 4 + 4 + 4 * (4 * PIXELS ** 2) + 4;
const EXAMPLES = 12;

/** The state before the first step and after each step. */
function statesOf(recipe: object, steps: number, more: Partial<EngineOptions> = {}): Map<string, number[]>[] {
  const engine = engineOf(normed, PIXELS, 'graph', recipeOf(recipe), { trainExamples: EXAMPLES, ...more });
  const states = [valuesOf(engine.readState())];
  for (let step = 0; step < steps; step++) {
    engine.step(feedsOf(step, { side: PIXELS }));
    states.push(valuesOf(engine.readState()));
  }
  engine.close();
  return states;
}

const expectClose = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 6);
  });
};

describe('lookahead', () => {
  it('moves the slow weights every third step, and the fast weights continue from them (Zhang et al. 2019, algorithm 1)', () => {
    const sgd = { name: 'sgd', momentum: 0 };
    const states = statesOf({ optimizer: sgd, lookahead: { steps: 3, rate: 0.25 } }, 6);
    const plain = statesOf({ optimizer: sgd }, 3);
    for (const name of NAMES) {
      const slow = states.map((state) => state.get(`average/${name}`)!);
      const fast = states.map((state) => state.get(name)!);
      expect(slow[1]).toEqual(fast[0]);
      expect(slow[2]).toEqual(fast[0]);
      expect(fast[2]).toEqual(plain[2]!.get(name));
      const synchronized = plain[3]!.get(name)!.map((f, i) => fast[0]![i]! + 0.25 * (f - fast[0]![i]!));
      expectClose(slow[3]!, synchronized);
      expect(fast[3]).toEqual(slow[3]);
      expect(slow[5]).toEqual(slow[3]);
      expect(fast[6]).toEqual(slow[6]);
    }
    expect(states[5]!.get('fc.bias')).not.toEqual(states[3]!.get('fc.bias'));
  });

  it.each([
    ['leaves the fast weights of frozen parameters alone, and the slow ones become equal', undefined, true],
    ["moves frozen parameters with decay, as airbench's code does", { base: 0.95, power: 3 }, false],
  ])('%s', (_, decay, stays) => {
    const given = { optimizer: { name: 'sgd' }, lookahead: { steps: 3, rate: 0.5, ...(decay && { decay }) } };
    const plain = { forward: normed, recipe: recipeOf(given), input: PIXELS, side: PIXELS, padding: 0 };
    const stages = [
      { ...plain, fromStep: 0 },
      { ...plain, fromStep: 2, frozen: ['conv'] },
    ]; // the slow weights move at step 3
    const [, , atFreeze, after] = statesOf(given, 3, { stages });
    const name = 'conv.weight';
    expect(atFreeze!.get(`average/${name}`)).not.toEqual(atFreeze!.get(name));
    expect(after!.get(`average/${name}`)).toEqual(after!.get(name));
    if (stays) expect(after!.get(name)).toEqual(atFreeze!.get(name));
    else expect(after!.get(name)).not.toEqual(atFreeze!.get(name));
    expect(after!.get('fc.weight')).toEqual(after!.get('average/fc.weight'));
  });

  it('costs 6 FLOPs per value of the network, 1 per tensor and 1 per step', () => {
    const values = PARAMETERS + 8;
    const [own, other] = [countsWith({ lookahead: {} }, normed), countsWith({}, normed)];
    expect(own.flops.byKind['update']! - other.flops.byKind['update']!).toBe(6 * values + 1 + NAMES.length);
  });
});

describe('stochastic weight averaging', () => {
  it('is the mean of the weights at the snapshots, and the current weights before the first snapshot', () => {
    // 3 steps per epoch and 4 epochs: the snapshots after the epochs 2, 3 and 4 are the steps 6, 9 and 12.
    const states = statesOf({ epochs: 4, stochasticWeightAveraging: { from: 0.5, everyEpochs: 1 } }, 12);
    const plain = statesOf({ epochs: 4 }, 12);
    for (const name of NAMES) {
      const average = states.map((state) => state.get(`average/${name}`)!);
      const weights = plain.map((state) => state.get(name)!);
      states.forEach((state, step) => {
        expect(state.get(name)).toEqual(weights[step]);
      });
      for (const step of [0, 1, 5, 6]) expect(average[step]).toEqual(weights[step]);
      expect(average[8]).toEqual(weights[6]);
      const meanOf = (steps: number[]) =>
        weights[0]!.map((_, i) => steps.reduce((sum, step) => sum + weights[step]![i]!, 0) / steps.length);
      expectClose(average[9]!, meanOf([6, 9]));
      expect(average[11]).toEqual(average[9]);
      expectClose(average[12]!, meanOf([6, 9, 12]));
    }
  });

  it('costs 3 FLOPs per value of the network and 1 per step', () => {
    const [own, other] = [countsWith({ stochasticWeightAveraging: {} }, normed), countsWith({}, normed)];
    expect(own.flops.byKind['update']! - other.flops.byKind['update']!).toBe(3 * (PARAMETERS + 8) + 1);
  });

  it('makes a run depend on its length', () => {
    expect(dependsOnLength(recipeOf({}))).toBe(false);
    expect(dependsOnLength(recipeOf({ lookahead: { steps: 5, rate: 0.5 } }))).toBe(false);
    expect(dependsOnLength(recipeOf({ stochasticWeightAveraging: { from: 0.5, everyEpochs: 1 } }))).toBe(true);
  });
});

describe('averaged weights', () => {
  const parse = (given: object) => recipeSchema.safeParse({ batch: 4, epochs: 1, learningRate: 0.1, ...given });

  it.each([
    [{ movingAverage: { decay: 0.9 }, lookahead: {} }, 'movingAverage and lookahead'],
    [{ lookahead: {}, stochasticWeightAveraging: {} }, 'lookahead and stochasticWeightAveraging'],
    [{ optimizer: { name: 'scheduleFreeAdamw' }, lookahead: {} }, 'optimizer scheduleFreeAdamw and lookahead'],
  ])('exclude each other: %j is refused', (given, named) => {
    expect(parse(given).error?.message).toContain(`${named} both keep averaged weights`);
  });
});

describe('a resumed run', () => {
  it.each<[string, object]>([
    ['lion', { optimizer: { name: 'lion' } }],
    ['lamb', { optimizer: { name: 'lamb' } }],
    ['muon', { optimizer: { name: 'muon' } }],
    ['scheduleFreeSgd', { optimizer: { name: 'scheduleFreeSgd' } }],
    ['scheduleFreeAdamw', { optimizer: { name: 'scheduleFreeAdamw' } }],
    ['sharpnessAware', { sharpnessAware: {} }],
    ['mixup and cutmix', { mixup: {}, cutmix: {} }],
    ['lookahead', { lookahead: { steps: 2 } }],
    ['stochasticWeightAveraging', { epochs: 2, stochasticWeightAveraging: { from: 0.4, everyEpochs: 0.5 } }],
  ])('with %s ends with the same bits, wherever it stopped', (_, given) => {
    const create = () => engineOf(normed, PIXELS, 'graph', recipeOf(given), { trainExamples: EXAMPLES });
    const options = { side: PIXELS };
    const whole = runSteps(create(), 6, options);
    for (const stop of [1, 3, 4]) {
      const first = create();
      for (let step = 0; step < stop; step++) first.step(feedsOf(step, options));
      const second = create();
      second.writeState(first.readState());
      first.close();
      for (let step = stop; step < 6; step++) expect(second.step(feedsOf(step, options))).toBe(whole.losses[step]);
      expect(second.readState()).toEqual(whole.state);
      second.close();
    }
  });
});
