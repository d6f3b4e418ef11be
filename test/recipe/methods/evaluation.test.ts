import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src/config/recipe.ts';
import { runSchema } from '../../../src/config/run.ts';
import { conv2d, globalAveragePool, linear, relu } from '../../../src/nn/index.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { engineOf, feedsOf, recipeOf } from '../../support/engines.ts';
import { valuesOf } from '../../support/follow.ts';
import { imagesOf, type Images, linearNetwork, plainAugmentation } from '../../support/linear-reference.ts';

const INPUT = 3;
const LARGE = 6;
const BATCH = 4;

const pooled: Forward = (net, x) => {
  const y = relu(conv2d(net.at('conv'), x, { filters: 5, kernel: 3, padding: 1 }));
  return linear(net.at('fc'), globalAveragePool(y), { units: 4 });
};

const recipeWith = (more: object, augmentation: object = {}) =>
  recipeOf({ augmentation: { ...plainAugmentation, ...augmentation }, ...more });

type Pixels = Images[number];
const cropAt = (image: Pixels, top: number, left: number): Pixels =>
  image.slice(top, top + INPUT).map((row) => row.slice(left, left + INPUT));
const mirrored = (image: Pixels): Pixels => image.map((row) => row.toReversed());

/** Where a position outside an image lies in its reflection: -1 is 1, and the side is the side - 2. */
const reflected = (position: number): number => INPUT - 1 - Math.abs(INPUT - 1 - Math.abs(position));
/** Each pixel is the one so many rows below it and columns to its right. */
const movedBy = (image: Pixels, by: number): Pixels =>
  image.map((row, y) => row.map((_, x) => image[reflected(y + by)]![reflected(x + by)]!));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
/** Cross entropy of logits with a label. */
const lossOf = (logits: readonly number[], label: number): number =>
  Math.log(sum(logits.map((x) => Math.exp(x)))) - logits[label]!;

/** Logits of the linear network for one image. */
function logitsOf(state: Map<string, number[]>, image: Pixels): number[] {
  const x = [0, 1, 2].flatMap((channel) => image.flatMap((row) => row.map((pixel) => pixel[channel]!)));
  const weight = state.get('fc.weight')!;
  return state.get('fc.bias')!.map((b, c) => x.reduce((sum, v, i) => sum + v * weight[c * x.length + i]!, b));
}

describe('evaluation at a higher resolution', () => {
  it('gives the result of an engine of that resolution with the same weights', () => {
    const small = engineOf(pooled, INPUT, 'graph', recipeWith({}, { evaluationInput: LARGE }));
    const large = engineOf(pooled, LARGE, 'graph', recipeWith({}));
    small.step(feedsOf(0, { side: INPUT }));
    large.writeState(small.readState());
    const { images, labels } = feedsOf(1, { side: LARGE });
    const given = { images, labels, count: BATCH };
    expect(small.evaluate(given)).toEqual(large.evaluate(given));
    expect(small.counts.evaluationMacsPerExample).toBe(large.counts.evaluationMacsPerExample);
    const training = engineOf(pooled, INPUT, 'graph', recipeWith({}));
    expect(small.counts.stepFlops).toBe(training.counts.stepFlops);
    expect(small.counts.forwardMacsPerExample).toBe(training.counts.forwardMacsPerExample);
    for (const engine of [small, large, training]) engine.close();
  });

  it('is refused if the weights depend on the resolution', () => {
    const recipe = recipeWith({}, { evaluationInput: LARGE });
    expect(() => engineOf(linearNetwork, INPUT, 'graph', recipe)).toThrow(
      /with 6 pixels fc\.weight would be \[4, 108\], but it is trained as \[4, 27\]; evaluate this/,
    );
  });

  it('is the minimum of evaluationShorterSide', () => {
    const run = (evaluationShorterSide: number) =>
      runSchema.safeParse({
        network: { name: 'resnet18' },
        data: { source: 'synthetic', input: 8, classes: 4 },
        recipe: {
          batch: 4,
          epochs: 1,
          learningRate: 0.1,
          augmentation: { evaluationInput: 16, evaluationShorterSide },
        },
      });
    expect(run(12).error?.message).toMatch(/expected at least the input size 16/);
    expect(run(18).success).toBe(true);
  });
});

describe('multi-crop evaluation', () => {
  it.each(['graph', 'eager'] as const)('takes the mean logits of ten views (%s)', (mode) => {
    const engine = engineOf(linearNetwork, INPUT, mode, recipeWith({ multiCrop: {} }, { evaluationInput: LARGE }));
    const { images, labels } = feedsOf(0, { side: LARGE });
    const state = valuesOf(engine.readState());
    const room = LARGE - INPUT;
    const places = [
      [0, 0],
      [0, room],
      [room, 0],
      [room, room],
      [2, 2],
    ] as const;
    const losses = imagesOf(images, LARGE).map((image, n) => {
      const crops = places.map(([top, left]) => cropAt(image, top, left));
      const views = [...crops, ...crops.map(mirrored)].map((view) => logitsOf(state, view));
      const mean = views[0]!.map((_, c) => sum(views.map((view) => view[c]!)) / views.length);
      return lossOf(mean, labels[n]!);
    });
    expect(engine.evaluate({ images, labels, count: BATCH }).lossSum).toBeCloseTo(sum(losses), 4);
    engine.close();
  });

  it.each(['graph', 'eager'] as const)(
    'weights a crop by a half and each of its shifted copies by a quarter (%s)',
    (mode) => {
      const engine = engineOf(linearNetwork, INPUT, mode, recipeWith({ multiCrop: { crops: 1, shift: 1 } }));
      const { images, labels } = feedsOf(0, { side: INPUT });
      const state = valuesOf(engine.readState());
      const losses = imagesOf(images, INPUT).map((image, n) => {
        const logits = [0, -1, 1].map((by) => {
          const shown = movedBy(image, by);
          const [one, other] = [logitsOf(state, shown), logitsOf(state, mirrored(shown))];
          return one.map((x, c) => (x + other[c]!) / 2);
        });
        return lossOf(
          logits[0]!.map((x, c) => 0.5 * x + 0.25 * logits[1]![c]! + 0.25 * logits[2]![c]!),
          labels[n]!,
        );
      });
      expect(engine.evaluate({ images, labels, count: BATCH }).lossSum).toBeCloseTo(sum(losses), 4);
      engine.close();
    },
  );

  it.each([1, INPUT - 1])('counts six passes for a shift of %i', (shift) => {
    const plain = engineOf(linearNetwork, INPUT, 'graph', recipeWith({}));
    const moved = engineOf(linearNetwork, INPUT, 'graph', recipeWith({ multiCrop: { crops: 1, shift } }));
    expect(moved.counts.evaluationMacsPerExample).toBe(6 * plain.counts.evaluationMacsPerExample);
    expect(moved.counts.stepFlops).toBe(plain.counts.stepFlops);
    for (const engine of [plain, moved]) engine.close();
  });

  it('is refused with a shift by the whole image', () => {
    const recipe = recipeWith({ multiCrop: { crops: 1, shift: INPUT } });
    expect(() => engineOf(linearNetwork, INPUT, 'graph', recipe)).toThrow(
      /recipe.multiCrop.shift is 3, expected at most 2 for images of 3 pixels/,
    );
  });

  it('counts every view as evaluation, and leaves the training step as it is', () => {
    const plain = engineOf(linearNetwork, INPUT, 'graph', recipeWith({}));
    const own = engineOf(linearNetwork, INPUT, 'graph', recipeWith({ multiCrop: { crops: 1 } }));
    const ten = engineOf(linearNetwork, INPUT, 'graph', recipeWith({ multiCrop: {} }, { evaluationInput: LARGE }));
    const [a, b, c] = [plain.counts, own.counts, ten.counts];
    expect(b.evaluationMacsPerExample).toBe(2 * a.evaluationMacsPerExample);
    expect(c.evaluationMacsPerExample).toBe(10 * a.evaluationMacsPerExample);
    expect([b.stepFlops, c.stepFlops]).toEqual([a.stepFlops, a.stepFlops]);
    for (const engine of [plain, own, ten]) engine.close();
  });

  it.each([
    [INPUT, 5, /all crops of 3 pixels from images of 3 pixels are the same/],
    [INPUT - 1, 1, /is 2, but recipe.multiCrop cuts crops of 3 pixels/],
  ] as const)('is refused for images of %i pixels and %i crops', (evaluationInput, crops, message) => {
    const recipe = recipeWith({ multiCrop: { crops } }, { evaluationInput });
    expect(() => engineOf(linearNetwork, INPUT, 'graph', recipe)).toThrow(message);
  });

  it('is refused without larger images to crop from', () => {
    const given = { batch: 4, epochs: 1, learningRate: 0.1, multiCrop: {} };
    expect(recipeSchema.safeParse(given).error?.message).toMatch(/set augmentation.evaluationInput, or crops: 1/);
  });
});
