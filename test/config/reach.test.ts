import { describe, expect, it } from 'vitest';
import { checkReach, shortestReach } from '../../src/config/reach.ts';
import { recipeSchema } from '../../src/config/recipe.ts';

/** 4 steps per epoch: with 2 epochs, the last step starts at epoch 1.75. */
const data = { classes: 4, trainExamples: 40 };
const parse = (given: object) => recipeSchema.parse({ batch: 10, epochs: 2, learningRate: 0.1, ...given });
const check = (given: object) => {
  checkReach({ recipe: parse(given) }, data);
};
const resizing = (fromEpoch: number) => ({ progressiveResizing: [{ size: 4 }, { size: 8, fromEpoch }] });
const milestones = (...at: number[]) => ({ schedule: { name: 'milestones', at } });
const binary = (threshold: number) => ({ labelSmoothing: 0.5, binaryCrossEntropy: { threshold } });

describe('a run whose last step starts at epoch 1.75', () => {
  it.each<[object, RegExp]>([
    [milestones(1.8), /changes the rate at epoch 1.8, .* its last step starts at epoch 1.75/],
    [{ ...milestones(1.5), warmupEpochs: 0.3 }, /changes the rate at epoch 1.8/],
    [{ ...milestones(1.5), schedulePer: 'epoch' }, /at epoch 1.5, .* its last epoch starts at epoch 1:/],
    [{ freeze: { parameters: ['a'], fromEpoch: 1.9 } }, /recipe.freeze starts at epoch 1.9, but has no step/],
    [resizing(1.9), /stage 1 \(size 8\) starts at epoch 1.9, but has no step/],
    [{ progressiveResizing: [{ size: 4 }, { size: 8, from: 0.9 }] }, /stage 1 \(size 8\) starts at epoch 1.8/],
    [
      { progressiveResizing: [{ size: 4 }, { size: 6, fromEpoch: 1.1 }, { size: 8, fromEpoch: 1.2 }] },
      /stage 1 \(size 6\) starts at epoch 1.1, but has no step, because the next stage starts at epoch 1.2/,
    ],
    [{ lookahead: { fromEpoch: 1.9 } }, /recipe.lookahead starts at epoch 1.9/],
    [{ lookahead: { steps: 5, fromEpoch: 1.25 } }, /the last step that moves the slow weights starts at epoch 1/],
    [{ lookahead: { steps: 9 } }, /every 9 steps, but the run has 8 steps: lower lookahead.steps to at most 8/],
    [binary(0.9), /threshold 0.9, .* 4 classes gives targets from 0.125 to 0.625, so all would become 0/],
    [binary(0.625), /all would become 0/],
    [binary(0.1), /all would become 1/],
  ])('refuses what has no effect: %j', (given, message) => {
    expect(() => {
      check(given);
    }).toThrow(expect.objectContaining({ exitCode: 78, message: expect.stringMatching(message) as string }));
  });

  it.each<object>([
    {},
    milestones(1.75),
    { ...milestones(1), schedulePer: 'epoch' },
    { freeze: { parameters: ['a'], fromEpoch: 1.75 } },
    resizing(1.75),
    { lookahead: { steps: 8 } },
    { lookahead: { steps: 5, fromEpoch: 1 } },
    binary(0.2),
    { binaryCrossEntropy: { threshold: 0 } },
  ])('accepts what has an effect: %j', (given) => {
    expect(() => {
      check(given);
    }).not.toThrow();
  });
});

it('a search tries no schedule that ends before the last fixed epoch has a step', () => {
  expect(shortestReach(parse(milestones(1.5)), 40)).toBe(1.75);
  expect(shortestReach(parse({ ...milestones(0.5), schedulePer: 'epoch' }), 40)).toBe(1.25);
  expect(shortestReach(parse(milestones(1.5)), undefined)).toBe(1.5);
  expect(shortestReach(parse({}), 40)).toBe(0);
});
