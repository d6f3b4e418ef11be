import { describe, expect, it } from 'vitest';
import { engineOf, feedsOf, recipeOf } from '../../support/engines.ts';
import { countsWith, valuesOf } from '../../support/follow.ts';
import {
  CLASSES,
  type ExampleLoss,
  imagesOf,
  linearGradients,
  linearNetwork,
  oneHotOf,
  plainAugmentation,
} from '../../support/linear-reference.ts';

const SIDE = 3;
const SMOOTHING = 0.1;

/** torch.nn.functional.binary_cross_entropy_with_logits of one example. */
const binary =
  (divisor: number): ExampleLoss =>
  (logits, targets) => {
    const s = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const losses = s.map((p, c) => -targets[c]! * Math.log(p) - (1 - targets[c]!) * Math.log(1 - p));
    return {
      loss: losses.reduce((a, b) => a + b, 0) / divisor,
      slopes: s.map((p, c) => (p - targets[c]!) / divisor),
    };
  };

/** timm's targets: off = s / classes, on = 1 - s + off. */
const smoothed = (targets: number[][]): number[][] =>
  targets.map((row) => row.map((t) => (t === 1 ? 1 - SMOOTHING : 0) + SMOOTHING / CLASSES));

function expectSteps(recipe: object, targetsOf: (targets: number[][]) => number[][], loss: ExampleLoss): void {
  const given = recipeOf({ optimizer: { name: 'sgd', momentum: 0 }, augmentation: plainAugmentation, ...recipe });
  const engine = engineOf(linearNetwork, SIDE, 'graph', given);
  for (let step = 0; step < 3; step++) {
    const before = valuesOf(engine.readState());
    const feeds = feedsOf(step, { side: SIDE });
    const expected = linearGradients(before, imagesOf(feeds.images, SIDE), targetsOf(oneHotOf(feeds.labels)), loss);
    expect(engine.step(feeds)).toBeCloseTo(expected.loss, 5);
    const after = valuesOf(engine.readState());
    for (const [name, gradient] of Object.entries(expected.gradients))
      gradient.forEach((g, i) => {
        expect(after.get(name)![i]).toBeCloseTo(before.get(name)![i]! - 0.1 * g, 6);
      });
  }
  engine.close();
}

describe('binary cross-entropy', () => {
  it('with label smoothing is the mean over examples and classes', () => {
    expectSteps({ binaryCrossEntropy: {}, labelSmoothing: SMOOTHING }, smoothed, binary(CLASSES));
  });

  it('can be summed over the classes', () => {
    expectSteps({ binaryCrossEntropy: { sumClasses: true } }, (targets) => targets, binary(1));
  });

  it('with a threshold has targets of 1 above it and 0 below it', () => {
    const recipe = { binaryCrossEntropy: { threshold: 0.5 }, labelSmoothing: SMOOTHING };
    expectSteps(recipe, (targets) => targets, binary(CLASSES));
    const aboveAll = { binaryCrossEntropy: { threshold: 0.95 }, labelSmoothing: SMOOTHING };
    expectSteps(aboveAll, (targets) => targets.map((row) => row.map(() => 0)), binary(CLASSES));
  });

  it('is exact for logits of 300 and -300, where exp overflows', () => {
    const engine = engineOf(linearNetwork, SIDE, 'graph', recipeOf({ binaryCrossEntropy: { sumClasses: true } }));
    const state = new Map(engine.readState());
    const weight = state.get('fc.weight')!;
    state.set('fc.weight', { ...weight, values: weight.values.map(() => 0) });
    state.set('fc.bias', { shape: [CLASSES], values: Float32Array.of(300, -300, -300, -300) });
    engine.writeState(state);
    const feeds = feedsOf(0, { side: SIDE });
    expect(engine.step({ ...feeds, labels: new Int32Array(4) })).toBe(0);
    engine.writeState(state);
    expect(engine.step({ ...feeds, labels: new Int32Array(4).fill(1) })).toBe(600);
    engine.close();
  });

  it('costs 6 FLOPs per logit and 1 in the forward pass, and the same in the backward pass', () => {
    const logits = 4 * CLASSES;
    const [own, other] = [countsWith({ binaryCrossEntropy: {} }), countsWith({})];
    // Forward: softplus 3, product, difference, sum. Backward: sigmoid 4, difference, product. The softmax cross-entropy that it
    // replaces: 8 per logit, the mean over 4 examples, a product per logit and one for the scale.
    expect(own.flops.step - other.flops.step).toBe(6 * logits + 1 + 6 * logits + 1 - (8 * logits + 4 + logits + 1));
  });
});
