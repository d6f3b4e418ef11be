import { expect, it } from 'vitest';
import { findNetwork } from '../../models/registry.ts';
import { packageFile } from '../../src/base/files/home.ts';
import { recipeSchema, stepsIn } from '../../src/config/recipe.ts';
import { readYaml } from '../../src/config/yaml/yaml.ts';
import { planStep } from '../../src/engine/plan.ts';
import { networkOptionsOf } from '../../src/recipe/active.ts';

const IMAGENET = 1_281_167;
const recipeAt = (name: string) => readYaml(packageFile(`configs/recipes/resnet50.rsb-${name}.yaml`), recipeSchema);

/** Wightman et al. 2021, table 2. */
const table = [
  ['a1', { epochs: 600, rate: 0.005, decay: 0.01, smoothing: 0.1, depth: 0.05, repeats: 3, strength: 7, mixup: 0.2 }],
  ['a2', { epochs: 300, rate: 0.005, decay: 0.02, smoothing: 0, depth: 0.05, repeats: 3, strength: 7, mixup: 0.1 }],
  ['a3', { epochs: 100, rate: 0.008, decay: 0.02, smoothing: 0, repeats: undefined, strength: 6, mixup: 0.1 }],
] as const;

it.each(table)('procedure %s of ResNet strikes back has the settings of its table', (name, row) => {
  const recipe = recipeAt(name);
  expect(recipe).toMatchObject({
    batch: 2048,
    epochs: row.epochs,
    learningRate: row.rate,
    warmupEpochs: 5,
    schedule: { name: 'cosine' },
    optimizer: { name: 'lamb' },
    weightDecay: { value: row.decay, kind: 'decoupled', biases: false, norms: false },
    labelSmoothing: row.smoothing,
    mixup: { alpha: row.mixup },
    cutmix: { alpha: 1 },
  });
  expect(recipe.binaryCrossEntropy).toBeDefined();
  expect(recipe.stochasticDepth).toBe('depth' in row ? row.depth : undefined);
  expect(recipe.augmentation.repeats).toBe(row.repeats);
  // timm's magnitude is on a scale of 10.
  expect(recipe.augmentation.automatic).toMatchObject({ operations: 2, magnitude: 3 * row.strength });
  // A crop ratio of 0.95 at 224 pixels.
  const { evaluationInput = 224, evaluationShorterSide } = recipe.augmentation;
  expect([evaluationInput, evaluationShorterSide]).toEqual([224, Math.round(224 / 0.95)]);
  expect(stepsIn(recipe, IMAGENET)).toBe(Math.ceil((row.epochs * IMAGENET) / 2048));
});

it.each(table)('procedure %s plans a step of ResNet-50', (name) => {
  const recipe = { ...recipeAt(name), batch: 2 };
  const input = name === 'a3' ? 160 : 224;
  const forward = findNetwork('resnet50').build(networkOptionsOf(recipe));
  const plan = planStep({ forward, recipe, input, side: input, padding: 0 });
  expect([plan.input, plan.evaluationInput]).toEqual([input, 224]);
});
