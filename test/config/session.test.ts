import { describe, expect, it } from 'vitest';
import { hashOfJson } from '../../src/base/json.ts';
import { executionSchema, runSchema } from '../../src/config/run.ts';
import { recipeSchema } from '../../src/config/recipe.ts';
import { readGpuMemory } from '../../src/config/session.ts';

describe('execution.gpuMemory', () => {
  it.each([
    ['grow', 'grow'],
    [0.45, { share: 0.45 }],
    [1, { share: 1 }],
    ['20GiB', { bytes: 20 * 2 ** 30 }],
    ['1.5 GiB', { bytes: 1.5 * 2 ** 30 }],
    ['512MiB', { bytes: 2 ** 29 }],
    ['20GB', { bytes: 20e9 }],
    [8_000_000_000, { bytes: 8e9 }],
  ])('%s is accepted', (given, expected) => {
    expect(executionSchema.parse({ gpuMemory: given }).gpuMemory).toBe(given);
    expect(readGpuMemory(given)).toEqual(expected);
  });

  // 20 could be gigabytes or percent; "0.5" could be a fraction in quotes.
  it.each([0, -1, 1.5, 20, 100, 4096, 'all', '0.5', '20', '20G', '1MiB', '50%', '', 1e15, '99999999GiB'])(
    '%j is refused, and the message says what was expected',
    (gpuMemory) => {
      const { error } = executionSchema.safeParse({ gpuMemory });
      expect(error?.issues[0]?.message).toContain(`is ${JSON.stringify(gpuMemory)}, expected grow, a fraction`);
    },
  );
});

describe('the other options of the session', () => {
  it.each([
    { readLossEvery: 0 },
    { readLossEvery: 1.5 },
    { readLossEvery: 10_001 },
    { threads: 0 },
    { threads: 2000 },
    { interOpThreads: -1 },
    { graphPasses: { fusion: false } },
    { graphPasses: { layout: 'off' } },
  ])('%j is refused', (given) => {
    expect(executionSchema.safeParse(given).success).toBe(false);
  });
});

const run = (more: object, recipe: object = {}) => ({
  network: { name: 'resnet18' },
  data: { source: 'synthetic', input: 8, classes: 4, trainExamples: 96, validationExamples: 40 },
  recipe: { batch: 10, epochs: 1, learningRate: 0.1, ...recipe },
  ...more,
});

describe('compile and deterministic', () => {
  it('are part of the recipe; deterministic: false equals a missing key', () => {
    const hash = (recipe: object) =>
      hashOfJson(recipeSchema.parse({ batch: 1, epochs: 1, learningRate: 1, ...recipe }));
    expect(hash({ deterministic: false })).toBe(hash({}));
    expect(hash({ deterministic: true })).not.toBe(hash({}));
    expect(hash({ compile: 'xla' })).not.toBe(hash({}));
  });

  it.each([
    [{ compile: 'xla' }, 'is xla, but mode: eager runs op by op'],
    [{ deterministic: true }, 'is true, but mode: eager runs op by op'],
  ])('%j is refused in eager mode', (recipe, message) => {
    const { error } = runSchema.safeParse(run({ mode: 'eager' }, recipe));
    expect(error?.issues[0]?.message).toContain(message);
    expect(runSchema.safeParse(run({ mode: 'graph' }, recipe)).success).toBe(true);
  });

  it('compile takes xla only', () => {
    expect(runSchema.safeParse(run({}, { compile: true })).success).toBe(false);
    expect(runSchema.safeParse(run({}, { compile: 'XLA' })).success).toBe(false);
  });
});
