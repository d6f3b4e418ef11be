import { expect, it } from 'vitest';
import { findNetwork } from '../../models/registry.ts';
import { recordFunctions, stepFunctions } from '../../src/engine/create-engine.ts';
import { countForward } from '../../src/engine/count.ts';
import { planStep } from '../../src/engine/plan.ts';
import { trainingCosts } from '../../src/flops/step.ts';
import { recipeOf } from '../support/engines.ts';

const entry = findNetwork('airbench94');
const BATCH = 4;

/** Output pixels on a side, input channels, output channels of the 3x3 convolutions. */
const convolutions = [
  [31, 24, 64],
  [15, 64, 64],
  [15, 64, 256],
  [7, 256, 256],
  [7, 256, 256],
  [3, 256, 256],
] as const;
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const macsOf = convolutions.map(([size, input, output]) => size ** 2 * 9 * input * output);
const whitening = 31 ** 2 * (2 * 2 * 3) * 24;
const classifier = 256 * 10;

it('airbench94 has the parameters and MACs of its convolutions, norms and classifier', () => {
  const filters = sum(convolutions.map(([, input, output]) => 9 * input * output));
  const norms = sum(convolutions.map(([, , output]) => 2 * output));
  const parameters = 2 * 2 * 3 * 24 + 24 + filters + norms + classifier;
  const macs = whitening + sum(macsOf) + classifier;
  expect(countForward({ forward: entry.build(), input: 32 })).toEqual({ parameters, macs });
});

/** The MACs of a step with these parameters frozen. */
function stepMacs(frozen: readonly string[]): number {
  const options = { forward: entry.build(), recipe: recipeOf({ batch: BATCH }), input: 32, side: 32, padding: 0 };
  const plan = planStep({ ...options, frozen });
  return trainingCosts(recordFunctions(stepFunctions(plan)), plan).stepMacs;
}

it('a step has no gradient of the whitening filters; with a frozen bias, it has none through the first trained convolution', () => {
  const trained = 3 * (sum(macsOf) + classifier);
  expect(stepMacs([])).toBe(BATCH * (whitening + trained));
  expect(stepMacs(['0.bias'])).toBe(BATCH * (whitening + trained - macsOf[0]!));
});
