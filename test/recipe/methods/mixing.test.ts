import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src/config/recipe.ts';
import type { Call } from '../../../src/recipe/method.ts';
import { cropBoxAt, cutmix } from '../../../src/recipe/methods/cutmix.ts';
import { mixup } from '../../../src/recipe/methods/mixup.ts';
import { drawBeta, drawsOf } from '../../../src/recipe/draws.ts';
import { countRecording } from '../../../src/flops/count.ts';
import { planStep } from '../../../src/engine/plan.ts';
import { trainingStep } from '../../../src/engine/step.ts';
import { record } from '../../../src/trace/record.ts';
import { engineOf, feedsOf, recipeOf } from '../../support/engines.ts';
import { valuesOf } from '../../support/follow.ts';
import {
  type Images,
  imagesOf,
  linearGradients,
  linearNetwork,
  oneHotOf,
  plainAugmentation,
} from '../../support/linear-reference.ts';

const SIDE = 9;
const SEED = 1;
const RATE = 0.1;
const STEPS = 6;

const callAt = (step: number): Call => ({
  seed: SEED,
  step,
  part: 0,
  input: SIDE,
  epochs: { before: 0, after: 1, total: 1 },
});

type Mix = (images: Images, targets: number[][], step: number) => { images: Images; targets: number[][] };

const partner = <Value>(values: readonly Value[], n: number): Value => values[values.length - 1 - n]!;
const mixed = (own: number, other: number, share: number): number => share * own + (1 - share) * other;
const mixedTargets = (targets: number[][], share: number): number[][] =>
  targets.map((row, n) => row.map((t, c) => mixed(t, partner(targets, n)[c]!, share)));

const mixupOf = (share: number, images: Images, targets: number[][]) => ({
  images: images.map((image, n) =>
    image.map((row, y) => row.map((pixel, x) => pixel.map((v, k) => mixed(v, partner(images, n)[y]![x]![k]!, share)))),
  ),
  targets: mixedTargets(targets, share),
});

function cutmixOf(recipe: object, images: Images, targets: number[][], step: number) {
  const [top, bottom, left, right] = cropBoxAt(1, recipe, callAt(step));
  const inside = (y: number, x: number): boolean => y >= top && y < bottom && x >= left && x < right;
  return {
    images: images.map((image, n) =>
      image.map((row, y) => row.map((pixel, x) => (inside(y, x) ? partner(images, n)[y]![x]! : pixel))),
    ),
    targets: mixedTargets(targets, 1 - ((bottom - top) * (right - left)) / SIDE ** 2),
  };
}

/** Compares losses and updates of some steps with plain arithmetic on mixed images and targets. */
function expectMixed(recipe: object, mix: Mix): void {
  const sgd = { name: 'sgd', momentum: 0 };
  const given = recipeOf({ optimizer: sgd, augmentation: plainAugmentation, ...recipe });
  const engine = engineOf(linearNetwork, SIDE, 'graph', given);
  for (let step = 0; step < STEPS; step++) {
    const before = valuesOf(engine.readState());
    const feeds = feedsOf(step, { side: SIDE });
    const mixture = mix(imagesOf(feeds.images, SIDE), oneHotOf(feeds.labels), step);
    const expected = linearGradients(before, mixture.images, mixture.targets);
    expect(engine.step(feeds)).toBeCloseTo(expected.loss, 5);
    const after = valuesOf(engine.readState());
    for (const [name, gradient] of Object.entries(expected.gradients))
      gradient.forEach((g, i) => {
        expect(after.get(name)![i]).toBeCloseTo(before.get(name)![i]! - RATE * g, 5);
      });
  }
  engine.close();
}

const shareAt = (alpha: number, recipe: object, step: number): number =>
  mixup.create({ alpha }, recipe)!.feeds!['mixup/share']!.value(callAt(step)) as number;

describe('mixup and CutMix', () => {
  it('mixup mixes images and targets of pairs by a share from Beta(alpha, alpha)', () => {
    const recipe = { mixup: { alpha: 0.8 } };
    expectMixed(recipe, (images, targets, step) => mixupOf(shareAt(0.8, recipe, step), images, targets));
    const shares = Array.from({ length: STEPS }, (_, step) => shareAt(0.8, recipe, step));
    expect(new Set(shares).size).toBe(STEPS);
  });

  it('CutMix takes a box of pixels from the partner, and mixes targets by area', () => {
    const recipe = { cutmix: { alpha: 1 } };
    expectMixed(recipe, (images, targets, step) => cutmixOf(recipe, images, targets, step));
  });

  it('both together: each step uses one of them', () => {
    const recipe = { mixup: { alpha: 0.8 }, cutmix: { alpha: 1 } };
    const turns = Array.from({ length: STEPS }, (_, step) => shareAt(0.8, recipe, step) < 1);
    expect(new Set(turns).size).toBe(2);
    expectMixed(recipe, (images, targets, step) =>
      turns[step] ? mixupOf(shareAt(0.8, recipe, step), images, targets) : cutmixOf(recipe, images, targets, step),
    );
  });
});

describe('random draws', () => {
  it.each([0.2, 1, 3])('of Beta(a, a) with a = %d have its mean and variance', (alpha) => {
    const count = 20_000;
    const draws = Array.from({ length: count }, (_, step) => drawBeta(alpha, drawsOf({ seed: 3, step, part: 0 }, 1)));
    const mean = draws.reduce((a, b) => a + b, 0) / count;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
    const expected = 1 / (4 * (2 * alpha + 1));
    // Four standard errors. The fourth central moment on [0, 1] is at most the variance.
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(expected / count));
    expect(Math.abs(variance - expected)).toBeLessThan(4 * Math.sqrt(expected / count));
  });

  it('are the same for the same seed, step and part, and different otherwise', () => {
    const first = (seed: number, step: number, part: number) => drawsOf({ seed, step, part }, 1)();
    expect(first(1, 2, 3)).toBe(first(1, 2, 3));
    const others = [first(1, 2, 3), first(2, 2, 3), first(1, 3, 3), first(1, 2, 4), first(2, 1, 3)];
    expect(new Set(others).size).toBe(others.length);
  });

  it('of boxes lie in the image and cover all of its pixels', () => {
    const covered = new Set<number>();
    for (let step = 0; step < 2000; step++) {
      const [top, bottom, left, right] = cropBoxAt(1, {}, callAt(step));
      expect(top >= 0 && left >= 0 && bottom <= SIDE && right <= SIDE && top <= bottom && left <= right).toBe(true);
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) covered.add(y * SIDE + x);
    }
    expect(covered.size).toBe(SIDE ** 2);
  });
});

describe('mixing', () => {
  it('adds 3 FLOPs per target and the difference of the share to a step', () => {
    const countsOf = (more: object) =>
      countRecording(
        record(
          trainingStep(
            planStep({ forward: linearNetwork, recipe: recipeOf(more), input: SIDE, side: SIDE, padding: 0 }),
          ),
        ),
      ).flops;
    const [plain, mixed] = [countsOf({}), countsOf({ mixup: { alpha: 0.2 } })];
    expect(mixed.step).toBe(plain.step + 3 * 4 * 4 + 1);
    // Input preparation: two products and a sum for each value, and the difference of the share.
    expect(mixed.outside.input).toBe(plain.outside.input + 3 * 4 * SIDE ** 2 * 3 + 1);
  });

  it('is refused if an example would have no partner', () => {
    const given = { batch: 6, epochs: 1, learningRate: 0.1, gradientAccumulation: 2, cutmix: {} };
    expect(recipeSchema.safeParse(given).error?.message).toMatch(/3 images that are computed at once.*make it even/);
    expect(cutmix.check?.(undefined, {} as never)).toBeUndefined();
  });
});
