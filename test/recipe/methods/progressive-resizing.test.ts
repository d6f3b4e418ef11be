import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../../src/config/recipe.ts';
import { runSchema, type RunConfig } from '../../../src/config/run.ts';
import { firstStepOf, lastStageEpoch, stageAt, stepsByStage, trainingStages } from '../../../src/config/stages.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { StageOptions } from '../../../src/engine/stages.ts';
import { conv2d, globalAveragePool, linear, relu } from '../../../src/nn/index.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { engineOf, feedsOf, largestDifference, recipeOf } from '../../support/engines.ts';
import { linearNetwork } from '../../support/linear-reference.ts';

const SIZES = [4, 6] as const;
const LARGE = 8;
/** The first step of the second stage. */
const CHANGE = 2;
const STEPS = 4;

const pooled: Forward = (net, x) => {
  const y = relu(conv2d(net.at('conv'), x, { filters: 5, kernel: 3, padding: 1 }));
  return linear(net.at('fc'), globalAveragePool(y), { units: 4 });
};

const stagesOf = (forward: Forward, recipe = recipeOf({})): StageOptions[] =>
  SIZES.map((size, i) => ({ fromStep: i * CHANGE, forward, recipe, input: size, side: size, padding: 0 }));

const sizeAt = (step: number): number => SIZES[step < CHANGE ? 0 : 1];

describe('a step of each stage', () => {
  it.each(['graph', 'eager'] as const)('equals that of an engine of its size, with the same variables (%s)', (mode) => {
    const recipe = recipeOf({ mixup: { alpha: 0.4 }, optimizer: { name: 'adam' } });
    const engine = createEngine({
      ...{ forward: pooled, recipe, input: LARGE, side: LARGE, padding: 0, seed: 1, mode },
      stages: stagesOf(pooled, recipe),
    });
    const alone = SIZES.map((size) => engineOf(pooled, size, mode, recipe));
    let state = engine.readState();
    for (let step = 0; step < STEPS; step++) {
      const other = alone[step < CHANGE ? 0 : 1]!;
      other.writeState(state);
      const feeds = feedsOf(step, { side: sizeAt(step) });
      expect(engine.step(feeds)).toBe(other.step(feeds));
      state = engine.readState();
      expect(largestDifference(state, other.readState())).toBe(0);
    }
    const whole = engineOf(pooled, LARGE, mode, recipe);
    whole.writeState(state);
    const { images, labels } = feedsOf(9, { side: LARGE });
    expect(engine.evaluate({ images, labels, count: 4 })).toEqual(whole.evaluate({ images, labels, count: 4 }));
    const { stages, ...counts } = engine.counts;
    expect(counts).toEqual(whole.counts);
    expect(stages).toEqual(
      alone.map(({ counts: { forwardMacsPerExample, stepMacs, macsByPrecision, stepFlops } }, i) => ({
        ...{ fromStep: i * CHANGE, input: SIZES[i], forwardMacsPerExample, stepMacs, macsByPrecision, stepFlops },
      })),
    );
    for (const opened of [engine, whole, ...alone]) opened.close();
  });

  it('is refused if the weights depend on the size', () => {
    const options = { recipe: recipeOf({}), input: LARGE, side: LARGE, padding: 0, seed: 1, mode: 'graph' } as const;
    expect(() => createEngine({ ...options, forward: linearNetwork, stages: stagesOf(linearNetwork) })).toThrow(
      'recipe.progressiveResizing: at 4 pixels fc.weight would be [4, 48], but at 8 pixels it is [4, 192]; the weights of this network depend on the image size: train it at one size',
    );
  });

  it('does not change a frozen parameter and its momentum, and computes no gradient for it', () => {
    const recipe = recipeOf({ weightDecay: { value: 0.1 } });
    const plain = { forward: pooled, recipe, input: LARGE, side: LARGE, padding: 0 };
    const stages = [plain, { ...plain, frozen: ['conv.weight'] }].map((stage, i) => ({ ...stage, fromStep: i }));
    const engine = createEngine({ ...plain, seed: 1, mode: 'graph', stages });
    engine.step(feedsOf(0, { side: LARGE }));
    const before = engine.readState();
    engine.step(feedsOf(1, { side: LARGE }));
    const after = engine.readState();
    for (const name of ['conv.weight', 'momentum/conv.weight'])
      expect([...after.get(name)!.values]).toEqual([...before.get(name)!.values]);
    expect([...after.get('fc.weight')!.values]).not.toEqual([...before.get('fc.weight')!.values]);
    // Neither the filters have a gradient nor the pooled channels, because no trained parameter comes before them.
    const gradients = 4 * (LARGE ** 2 * 9 * 3 * 5 + 5 * 4);
    const [first, second] = engine.counts.stages!;
    expect(first!.stepMacs - second!.stepMacs).toBe(gradients);
    engine.close();
  });

  it('is refused if the network does not have a parameter that is to be frozen', () => {
    const plain = { forward: pooled, recipe: recipeOf({}), input: LARGE, side: LARGE, padding: 0 };
    const stages = [{ ...plain, fromStep: 0, frozen: ['convv'] }];
    expect(() => createEngine({ ...plain, seed: 1, mode: 'graph', stages })).toThrow(
      /recipe.freeze.parameters: the network has no trained parameter or layer convv/,
    );
  });
});

const run = (recipe: object, network: object = {}): RunConfig =>
  runSchema.parse({
    network: { name: 'resnet18', ...network },
    data: { source: 'synthetic', input: 8, classes: 4 },
    recipe: { batch: 10, epochs: 4, learningRate: 0.1, ...recipe },
  });

describe('the stages of a run', () => {
  it('change the recipe from their first epoch on, together with frozen parameters', () => {
    const config = run({
      mixup: { alpha: 0.2 },
      dropout: 0.5,
      progressiveResizing: [
        { size: 4, mixup: 0, dropout: 0.1, magnitude: 5, scale: [0.5, 1] },
        { size: 8, from: 0.5, magnitude: 10 },
      ],
      freeze: { parameters: ['conv1'], fromEpoch: 3 },
      augmentation: { crop: { name: 'randomResizedCrop' }, automatic: { name: 'randAugment' } },
    });
    const stages = trainingStages(config);
    expect(stages.map(({ fromEpoch, input, frozen }) => [fromEpoch, input, frozen])).toEqual([
      [0, 4, []],
      [2, 8, []],
      [3, 8, ['conv1']],
    ]);
    const [first, second] = stages.map(({ recipe }) => recipe);
    expect([first!.mixup, first!.dropout, first!.augmentation.automatic, first!.augmentation.crop]).toEqual([
      undefined,
      0.1,
      { name: 'randAugment', operations: 2, magnitude: 5 },
      { name: 'randomResizedCrop', scale: [0.5, 1], ratio: [3 / 4, 4 / 3] },
    ]);
    expect([second!.mixup, second!.dropout]).toEqual([{ alpha: 0.2 }, 0.5]);
    expect(second!.augmentation.automatic).toMatchObject({ magnitude: 10 });
  });

  it('begin with the first step at or after their start', () => {
    const recipe = run({}).recipe;
    const first = (fromEpoch: number) => firstStepOf({ fromEpoch }, recipe, 96);
    expect([0, 1, 2.5, 10 / 96, 10.1 / 96].map(first)).toEqual([0, 10, 24, 1, 2]);
    const stages = [0, 3, 3, 7].map((fromStep) => ({ fromStep }));
    expect([0, 2, 3, 6, 7, 99].map((step) => stageAt(stages, step))).toEqual([0, 0, 2, 2, 3, 3]);
    expect(stepsByStage(stages, 0, 9)).toEqual([3, 0, 4, 2]);
    expect(stepsByStage(stages, 2, 5)).toEqual([1, 0, 2, 0]);
  });

  it('define the minimum length of a schedule in a search over the number of epochs', () => {
    const inEpochs = [{ size: 4 }, { size: 8, fromEpoch: 2.5 }];
    expect(lastStageEpoch(run({ progressiveResizing: inEpochs }).recipe)).toBe(2.5);
    expect(lastStageEpoch(run({ progressiveResizing: [{ size: 4 }, { size: 8, from: 0.5 }] }).recipe)).toBe(0);
  });

  it.each([
    [[{ size: 4, fromEpoch: 1 }], /stage 0 \(size 4\) starts later than the run/],
    [[{ size: 4, from: 0, fromEpoch: 1 }], /remove from and fromEpoch of the first stage/],
    [[{ size: 4 }, { size: 8 }], /stage 1 \(size 8\) has no start/],
    [[{ size: 4 }, { size: 8, from: 0.5, fromEpoch: 2 }], /has both from and fromEpoch/],
    [[{ size: 4 }, { size: 6, from: 0.5 }, { size: 8, fromEpoch: 3 }], /in another unit than the other stages/],
    [[{ size: 4 }, { size: 6, from: 0.5 }, { size: 8, from: 0.5 }], /starts at 0.5, expected more than 0.5/],
    [[{ size: 4 }, { size: 8, fromEpoch: 4 }], /starts at epoch 4, but the run has only 4 epochs/],
    [[{ size: 4, magnitude: 3 }], /sets magnitude, but augmentation.automatic is not randAugment/],
    [[{ size: 4, padding: 3 }], /sets padding, but augmentation.crop is not paddedCrop/],
  ] as const)('are refused if they contradict each other: %j', (progressiveResizing, message) => {
    const given = { batch: 10, epochs: 4, learningRate: 0.1, progressiveResizing };
    expect(recipeSchema.safeParse(given).error?.message).toMatch(message);
  });

  it('need their own shorter side, because a size in pixels can be read in two ways', () => {
    const crop = { name: 'randomCrop', shorterSide: 10 };
    const stage = { size: 4 };
    expect(() => run({ augmentation: { crop }, progressiveResizing: [stage] })).toThrow(
      /add shorterSide: 5 to crop the same part of the image, or shorterSide: 10 to resize as before/,
    );
    const given = run({ augmentation: { crop }, progressiveResizing: [{ ...stage, shorterSide: 5 }] });
    expect(trainingStages(given)[0]!.recipe.augmentation.crop).toEqual({ name: 'randomCrop', shorterSide: 5 });
  });

  it.each(['dropout', 'stochasticDepth'])('have one %s: network and recipe may not contradict each other', (option) => {
    expect(() => run({ [option]: 0.2 }, { [option]: 0.5 })).toThrow(
      new RegExp(`is 0.5, but recipe.${option} is 0.2: remove one of the two`),
    );
    expect(run({ [option]: 0.2 }, { [option]: 0.2 }).network).toMatchObject({ [option]: 0.2 });
  });

  it('are refused if they change an option that the network fixes', () => {
    expect(() => run({ progressiveResizing: [{ size: 4, dropout: 0.1 }] }, { dropout: 0.5 })).toThrow(
      /sets dropout, but network.dropout is 0.5 for the whole run/,
    );
  });
});
