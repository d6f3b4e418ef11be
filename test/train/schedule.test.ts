import { describe, expect, it } from 'vitest';
import { recipeSchema, type RecipeConfig, stepsIn } from '../../src/config/recipe.ts';
import { lastNamedEpoch } from '../../src/recipe/active.ts';
import { expectedLearningRate } from '../../src/results/validate/learning-rate.ts';
import { learningRateAt } from '../../src/train/schedule.ts';

type Given = Partial<Omit<RecipeConfig, 'schedule'>> & { schedule?: { name: string } };

/** 10 steps per epoch by default. */
const plan = (given: Given, trainExamples = 100) => ({
  recipe: recipeSchema.parse({ batch: 10, epochs: 9, learningRate: 0.4, ...given }),
  trainExamples,
});
const rates = (given: Given, steps: number[], trainExamples?: number): number[] =>
  steps.map((step) => learningRateAt(plan(given, trainExamples), step));
const range = (n: number): number[] => [...Array(n).keys()];
const expectClose = (actual: number[], expected: number[]): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12);
};

describe('steps of a run', () => {
  it.each([
    [9, 100, 90],
    [1, 105, 11],
    [0.05, 100, 1],
    [90, 1_281_167, Math.ceil((90 * 1_281_167) / 10)],
    [0.3, 100, 3],
  ])('for %f epochs of %i examples with batch 10 are %i', (epochs, examples, steps) => {
    expect(stepsIn(plan({ epochs }).recipe, examples)).toBe(steps);
  });
});

/** PyTorch defines its schedulers by recursions. These tests compare them with the closed forms. */
describe('schedules follow torch.optim.lr_scheduler', () => {
  it('StepLR: multiplied by gamma every step_size epochs', () => {
    const expected: number[] = [];
    for (let epoch = 0, rate = 0.4; epoch < 9; epoch++) {
      if (epoch !== 0 && epoch % 3 === 0) rate *= 0.1;
      expected.push(rate);
    }
    const schedule = { name: 'step', everyEpochs: 3 };
    expectClose(
      rates(
        { schedule },
        range(9).map((epoch) => epoch * 10),
      ),
      expected,
    );
    expectClose(rates({ schedule }, [29, 30]), [0.4, 0.04]);
  });

  it('ExponentialLR: multiplied by gamma each epoch, a thousandth after the last', () => {
    const gamma = 1000 ** (-1 / 9);
    const expected: number[] = [];
    for (let epoch = 0, rate = 0.4; epoch <= 9; epoch++, rate *= gamma) expected.push(rate);
    const schedule = { name: 'exponential' };
    const actual = rates(
      { schedule, schedulePer: 'epoch' },
      range(10).map((e) => e * 10),
    );
    expectClose(actual, expected);
    expect(actual[9]).toBeCloseTo(0.4 / 1000, 12);
  });

  it('PolynomialLR: rate times ((1 - t / T) / (1 - (t - 1) / T)) ^ power', () => {
    const expected: number[] = [0.4];
    for (let t = 1; t < 90; t++) expected.push(expected[t - 1]! * ((1 - t / 90) / (1 - (t - 1) / 90)) ** 2);
    expectClose(rates({ schedule: { name: 'polynomial', power: 2 } as never }, range(90)), expected);
  });

  it('CosineAnnealingLR: the recursion of its documentation', () => {
    const least = 0.4 * 0.01;
    const expected = [0.4];
    for (let t = 1; t < 90; t++)
      expected.push(
        least +
          ((1 + Math.cos((Math.PI * t) / 90)) / (1 + Math.cos((Math.PI * (t - 1)) / 90))) * (expected[t - 1]! - least),
      );
    const actual = rates({ schedule: { name: 'cosine', endFraction: 0.01 } as never }, range(90));
    for (const [i, rate] of expected.entries()) expect(actual[i]).toBeCloseTo(rate, 10);
  });

  it('OneCycleLR: from max/25 up to max at 0.3 T - 1 and down to max/25/1e4 at T - 1', () => {
    const [first, low, top, last] = rates({ schedule: { name: 'onecycle' } }, [0, 13, 26, 89]);
    expect(first).toBeCloseTo(0.4 / 25, 12);
    expect(low).toBeCloseTo((0.4 + 0.4 / 25) / 2, 12);
    expect(top).toBeCloseTo(0.4, 12);
    expect(last).toBeCloseTo(0.4 / 25 / 1e4, 12);
    const all = rates({ schedule: { name: 'onecycle' } }, range(90));
    expect(Math.max(...all)).toBe(all[26]);
  });

  it('MultiStepLR: multiplied by gamma at each milestone', () => {
    const expected: number[] = [];
    for (let epoch = 0, rate = 0.4; epoch < 9; epoch++) {
      if ([2, 3, 7].includes(epoch)) rate *= 0.2;
      expected.push(rate);
    }
    const schedule = { name: 'milestones', at: [2, 3, 7], factor: 0.2 };
    const starts = range(9).map((epoch) => epoch * 10);
    expectClose(rates({ schedule }, starts), expected);
    expectClose(rates({ schedule }, [19, 20]), [0.4, 0.08]);
  });

  it('CosineAnnealingWarmRestarts: T_cur counts up to T_i, which then grows by T_mult', () => {
    for (const multiplier of [1, 2, 3]) {
      const least = 0.4 * 0.05;
      const expected: number[] = [];
      for (let t = 0, current = 0, period = 10; t < 90; t++) {
        expected.push(least + ((0.4 - least) * (1 + Math.cos((Math.PI * current) / period))) / 2);
        current += 1;
        if (current < period) continue;
        current -= period;
        period *= multiplier;
      }
      const schedule = { name: 'warmRestarts', firstEpochs: 1, multiplier, endFraction: 0.05 };
      expectClose(rates({ schedule }, range(90)), expected);
    }
  });

  it('restarts at 2.4, 7.2 and 16.8 epochs with a first period of 2.4 epochs', () => {
    const schedule = { name: 'warmRestarts', firstEpochs: 2.4, multiplier: 2 };
    expectClose(rates({ schedule, epochs: 30 }, [0, 24, 72, 168]), [0.4, 0.4, 0.4, 0.4]);
    expect(rates({ schedule, epochs: 30 }, [167])[0]).toBeLessThan(1e-3);
  });

  it('LinearLR before the schedule, as torchvision chains them', () => {
    const given = { schedule: { name: 'cosine' }, warmupEpochs: 2, warmupStart: 0.01 } as const;
    const expected = range(90).map((t) =>
      t < 20 ? 0.4 * (0.01 + (0.99 * t) / 20) : 0.2 * (1 + Math.cos((Math.PI * (t - 20)) / (90 - 20))),
    );
    expectClose(rates(given, range(90)), expected);
  });
});

describe('the learning rates that validate computes again', () => {
  const examples = [96, 100, 1_281_167];
  it.each([
    { name: 'milestones', at: [0.3, 2, 2.4, 7], factor: 0.2 },
    { name: 'warmRestarts', firstEpochs: 1 },
    { name: 'warmRestarts', firstEpochs: 0.7, endFraction: 0.1 },
    { name: 'warmRestarts', firstEpochs: 0.3, multiplier: 2 },
    { name: 'warmRestarts', firstEpochs: 1.1, multiplier: 3 },
  ])('agree with those of training: %j', (schedule) => {
    for (const trainExamples of examples)
      for (const given of [{}, { schedulePer: 'epoch' }, { warmupEpochs: 1.5 }] as const) {
        const { recipe } = plan({ ...given, schedule });
        const every = Math.max(1, Math.floor(stepsIn(recipe, trainExamples) / 997));
        for (let step = 0; step < stepsIn(recipe, trainExamples); step += every)
          expect(expectedLearningRate(recipe, trainExamples, step)).toBeCloseTo(
            learningRateAt({ recipe, trainExamples }, step),
            10,
          );
      }
  });
});

describe('the time of a schedule', () => {
  it('per epoch gives one rate to all steps of an epoch, even if batches cross its end', () => {
    const given = { schedule: { name: 'exponential' }, schedulePer: 'epoch' } as const;
    // 25 examples per epoch: steps 0, 1 and 2 start in the first epoch, 3 and 4 in the second.
    const actual = rates(given, range(6), 25);
    const epochs = [0, 0, 0, 1, 1, 2];
    expectClose(
      actual,
      epochs.map((epoch) => 0.4 * 1000 ** (-epoch / 9)),
    );
  });

  it('can start at the start of the run although there is a warm-up', () => {
    const schedule = { name: 'step', everyEpochs: 3 };
    const after = { schedule, warmupEpochs: 1 } as const;
    expectClose(rates(after, [5, 30, 39, 40]), [0.2, 0.4, 0.4, 0.04]);
    expectClose(rates({ ...after, scheduleAfterWarmup: false }, [5, 29, 30]), [0.2, 0.4, 0.04]);
  });

  it('changes exactly at the boundaries, such as 0.97 every 2.4 epochs for EfficientNet', () => {
    const schedule = { name: 'step', everyEpochs: 2.4, factor: 0.97 };
    const given = { schedule, epochs: 30 };
    for (const k of range(12)) expectClose(rates(given, [24 * k]), [0.4 * 0.97 ** k]);
    expectClose(rates(given, [23, 24]), [0.4, 0.4 * 0.97]);
  });
});

describe('a recipe is refused if', () => {
  const parse = (given: object) => recipeSchema.safeParse({ batch: 10, epochs: 9, learningRate: 0.4, ...given });
  it.each([
    ['the batch cannot be split into equal parts', { gradientAccumulation: 3 }],
    ['the warm-up is as long as the run', { warmupEpochs: 9 }],
    ['the first epoch would have rate 0', { warmupEpochs: 1, schedulePer: 'epoch' }],
    ['there is a start of a warm-up, but no warm-up', { warmupStart: 0.1 }],
    ['milestones are out of order', { schedule: { name: 'milestones', at: [6, 3] } }],
    ['there are no milestones', { schedule: { name: 'milestones', at: [] } }],
    ['a milestone is the end of the run', { schedule: { name: 'milestones', at: [3, 9] } }],
    ['a milestone after the warm-up is the end', { schedule: { name: 'milestones', at: [3, 8] }, warmupEpochs: 1 }],
    ['lookahead starts at the end of the run', { lookahead: { fromEpoch: 9 } }],
    ['a period would shrink', { schedule: { name: 'warmRestarts', firstEpochs: 2, multiplier: 0.5 } }],
    ['onecycle gets another warm-up', { schedule: { name: 'onecycle' }, warmupEpochs: 1 }],
  ])('%s', (_, given) => {
    expect(parse(given).success).toBe(false);
    expect(parse({}).success).toBe(true);
  });

  it('a fixed epoch is not before its end, with that epoch and the number of epochs', () => {
    const messageOf = (given: object) => parse(given).error?.issues[0]?.message;
    const schedule = { name: 'milestones', at: [3, 8.5] };
    expect(parse({ schedule }).success).toBe(true);
    expect(messageOf({ schedule, warmupEpochs: 0.5 })).toMatch(
      /at epoch 9, but the run has 9 epochs: leave that change/,
    );
    expect(parse({ schedule, warmupEpochs: 0.5, scheduleAfterWarmup: false }).success).toBe(true);
    expect(messageOf({ lookahead: { fromEpoch: 20 } })).toMatch(/starts at epoch 20, but the run has 9 epochs/);
    const together = recipeSchema.parse({
      batch: 10,
      epochs: 9,
      learningRate: 0.4,
      schedule,
      lookahead: { fromEpoch: 2 },
    });
    expect(lastNamedEpoch(together)).toBe(8.5);
  });
});
