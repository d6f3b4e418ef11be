import { describe, expect, it } from 'vitest';
import { findNetwork, networks } from '../../models/registry.ts';
import { checkPrecision } from '../../src/engine/precision.ts';
import { stepFunctions, recordFunctions } from '../../src/engine/create-engine.ts';
import type { Engine, StateTensor } from '../../src/engine/engine.ts';
import { planStep } from '../../src/engine/plan.ts';
import type { Forward } from '../../src/nn/scope.ts';
import { DataType } from '../../src/runtime/types.ts';
import { readAttribute, type RecordedOp } from '../../src/trace/recording.ts';
import { engineOf, feedsOf, recipeOf, runSteps } from '../support/engines.ts';
import { CLASSES, layerKinds, PIXELS } from '../support/layer-kinds.ts';

/** The largest relative error of a rounding to bfloat16, which has 8 significant bits. */
const ROUNDING = 2 ** -8;
/**
 * Rounding errors grow where a norm or a quotient divides by less than 1. The tolerance for each rounding is therefore half of the
 * relative tolerance of 1.6e-2 with which PyTorch compares bfloat16 by default (torch.testing.assert_close).
 */
const GROWTH = 2;
/** The distance of neighbouring bfloat16 numbers from 2 to 4, where most values are: norms shift them by 3, with a deviation of 1. */
const SPACING = 2 ** -6;
/**
 * The density at 0 of the distance between the two largest of 4, 9 or 16 values that are normally distributed with a deviation of
 * 1: n (n - 1) times the integral of the density squared times the distribution function to the power of n - 2.
 */
const DENSITY_OF_TIES: Readonly<Record<number, number>> = { 4: 1.03, 9: 1.49, 16: 1.77 };

type State = ReadonlyMap<string, StateTensor>;

/**
 * Images with a coarse pattern of their own. With noise alone, all images of a batch have nearly the same features, and batch
 * norm would magnify what tells them apart.
 */
function patterns(batch: number, side: number): Uint8Array {
  const noise = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 24;
  const cell = (at: number): number => Math.floor((at * 8) / side);
  return Uint8Array.from({ length: batch * side * side * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % side, Math.floor(i / 3 / side) % side];
    const n = Math.floor(i / 3 / side / side);
    return noise(((n * 64 + cell(y) * 8 + cell(x)) * 3 + c) * 7 + 13 * n);
  });
}

/**
 * Sets the offsets of all batch norms, so that few values are near an activation's kink. With offsets of 0, the gradient of a
 * deep network changes as a whole if any rounding differs (Balduzzi et al. 2017, arXiv 1702.08591), in float32 too.
 */
const withOffsets = (state: State, offset: number): State =>
  new Map(
    [...state].map(([name, tensor]) => {
      const isOffset = state.has(name.replace(/bias$/, 'running_mean')) && name.endsWith('.bias');
      return [name, isOffset ? { ...tensor, values: tensor.values.map(() => offset) } : tensor];
    }),
  );

/** Momentum after the first step is the gradient. */
const gradientsIn = (state: State): [string, Float32Array][] =>
  [...state].flatMap(([name, { values }]) => (name.startsWith('momentum/') ? [[name, values]] : []));

/** |a - b| / |a| over all gradients, in the L2 norm. */
function relativeDifference(a: State, b: State): number {
  let [difference, whole] = [0, 0];
  for (const [name, values] of gradientsIn(a)) {
    const others = b.get(name)!.values;
    values.forEach((value, i) => {
      difference += (value - others[i]!) ** 2;
      whole += value ** 2;
    });
  }
  return Math.sqrt(difference / whole);
}

/**
 * The part of a gradient, in squares, that a max pooling sends elsewhere in bfloat16. Rounding can exchange the two largest values
 * of a window if they are closer than the spacing, and does so in at most half of these windows. The gradient is then missing in
 * one place and extra in another.
 */
function misdirectedPart(pooling: RecordedOp): number {
  const [, height, width] = readAttribute(pooling, 'ksize') as readonly number[];
  return 2 * (DENSITY_OF_TIES[height! * width!]! / 2) * SPACING;
}

/** The tolerance of a step's gradient: n independent roundings add up to sqrt(n) of one, and so do misdirected gradients. */
function toleranceOf(forward: Forward, pixels: number, batch: number): number {
  const recipe = recipeOf({ batch, precision: 'bfloat16' });
  const plan = planStep({ forward, recipe, input: pixels, side: pixels, padding: 0 });
  const { ops } = recordFunctions(stepFunctions(plan), 'bfloat16').get('train')!;
  const rounded = ops.flatMap(({ outputs }) => outputs.filter(({ dtype }) => dtype === DataType.bfloat16)).length;
  const misdirected = ops.filter(({ name }) => name === 'MaxPoolGrad').map(misdirectedPart);
  return Math.sqrt((GROWTH * ROUNDING) ** 2 * rounded + misdirected.reduce((sum, part) => sum + part, 0));
}

interface Size {
  readonly pixels: number;
  readonly batch: number;
  readonly classes: number;
  readonly offset?: number;
}

/** The relative difference of bfloat16's gradient from float32's. */
function compareGradients(forward: Forward, { pixels, batch, classes, offset = 3 }: Size): number {
  const noise = feedsOf(0, { batch, side: pixels, classes });
  const feeds = { ...noise, images: patterns(batch, pixels) };
  // Filters that whiten smooth images amplify every rounding.
  const initialImages = { images: noise.images, count: batch, side: pixels };
  const engine = (precision: 'float32' | 'bfloat16'): Engine =>
    engineOf(forward, pixels, 'graph', recipeOf({ batch, augmentation: { flip: false }, precision }), {
      initialImages,
    });
  const [full, half] = [engine('float32'), engine('bfloat16')];
  const start = withOffsets(full.readState(), offset);
  const stateAfterStep = (engine: Engine): State => {
    engine.writeState(start);
    engine.step(feeds);
    const state = engine.readState();
    engine.close();
    return state;
  };
  return relativeDifference(stateAfterStep(full), stateAfterStep(half));
}

describe('the gradient in bfloat16 is that of float32 within the tolerance of its roundings', () => {
  it.each(Object.entries(layerKinds))('%s', (_, forward) => {
    const difference = compareGradients(forward, { pixels: PIXELS, batch: 8, classes: CLASSES });
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(toleranceOf(forward, PIXELS, 8));
  });

  /** One small network of each family: name, pixels, options, offset of the norms. */
  const small: [name: string, pixels: number, options: object, offset?: number][] = [
    ['alexnet', 64, { width: 0.25, dropout: 0 }],
    ['vgg11_bn', 32, { width: 0.125, dropout: 0 }],
    ['googlenet', 32, { width: 0.25, dropout: 0 }],
    ['resnet18', 32, { width: 0.25 }],
    ['squeezenet1_1', 64, { width: 0.25, dropout: 0 }],
    ['densenet121', 32, { width: 0.25 }],
    ['mobilenet_v1', 32, { width: 0.25, stem: 'small' }],
    ['mobilenet_v2', 32, { width: 0.25, dropout: 0 }],
    // The kinks of the hard swish are at -3 and 3.
    ['mobilenet_v3_small', 32, { width: 0.5, stem: 'small', dropout: 0 }, 7],
    ['mnasnet0_5', 32, { stem: 'small', dropout: 0 }],
    ['shufflenet_v1_x0_5_g3', 32, {}],
    ['shufflenet_v2_x0_5', 32, {}],
    ['efficientnet_b0', 64, { width: 0.25, depth: 0.4, dropout: 0, stochasticDepth: 0 }],
    ['efficientnet_v2_s', 32, { width: 0.125, stem: 'small', dropout: 0, stochasticDepth: 0 }],
    ['regnet_y_400mf', 32, { width: 0.25 }],
    ['resnet9', 32, { width: 0.25 }],
    ['airbench94', 32, { width: 0.25 }],
    ['vit_tiny_patch16_224', 32, { width: 0.5, depth: 0.25 }],
    ['convnext_atto', 32, { width: 0.5, stochasticDepth: 0 }],
  ];

  it.each(small)('%s', (name, pixels, options, offset = 3) => {
    const forward = findNetwork(name).build({ classes: 10, ...options });
    const difference = compareGradients(forward, { pixels, batch: 16, classes: 10, offset });
    const tolerance = toleranceOf(forward, pixels, 16);
    expect(difference).toBeLessThan(tolerance);
  });

  it('of a network of every family', () => {
    const families = (names: readonly string[]) => new Set(names.map((name) => findNetwork(name).family));
    expect(families(small.map(([name]) => name))).toEqual(families(networks.map(({ name }) => name)));
  });
});

describe('a run in bfloat16', () => {
  const recipe = recipeOf({ precision: 'bfloat16', movingAverage: { decay: 0.9 }, dropout: 0.1 });
  const forward = layerKinds['batchNorm and relu']!;
  const create = (): Engine => engineOf(forward, PIXELS, 'graph', recipe);

  it('resumes bit-identically from its state, which is float32', () => {
    const whole = runSteps(create(), 6);
    const [first, second] = [create(), create()];
    for (let step = 0; step < 3; step++) first.step(feedsOf(step));
    second.writeState(first.readState());
    const losses = [3, 4, 5].map((step) => second.step(feedsOf(step)));
    expect(losses).toEqual(whole.losses.slice(3));
    expect(second.readState()).toEqual(whole.state);
    for (const engine of [first, second]) engine.close();
  });

  it('evaluates in bfloat16 too', () => {
    const [half, full] = [create(), engineOf(forward, PIXELS, 'graph', { ...recipe, precision: 'float32' })];
    const { images, labels } = feedsOf(0);
    const [a, b] = [half, full].map((engine) => engine.evaluate({ images, labels, count: 4 }).lossSum) as [
      number,
      number,
    ];
    for (const engine of [half, full]) engine.close();
    expect(a).not.toBe(b);
    expect(Math.abs(a - b)).toBeLessThan(GROWTH * ROUNDING * b);
  });

  it('has the MACs of a run in float32, and says how many are in which format', () => {
    const grouped = layerKinds['conv2d in 4 groups']!;
    const countsOf = (precision: 'float32' | 'bfloat16') => {
      const engine = engineOf(grouped, PIXELS, 'graph', { ...recipe, precision });
      engine.close();
      return engine.counts;
    };
    const [full, half] = [countsOf('float32'), countsOf('bfloat16')];
    const { float32 = 0, bfloat16 = 0 } = half.macsByPrecision!;
    expect({ ...half, macsByPrecision: full.macsByPrecision }).toEqual(full);
    expect(full.macsByPrecision).toEqual({ float32: full.stepMacs });
    expect(float32 + bfloat16).toBe(half.stepMacs);
    // The gradient of the grouped filter: 3 x 3 x 2 MACs for each of 12 x 9 x 9 outputs.
    expect(float32).toBe(4 * 12 * 81 * 9 * 2);
  });

  it('is refused op by op, and in TF32 on a CPU', () => {
    expect(() => engineOf(forward, PIXELS, 'eager', recipe)).toThrow(
      'recipe.precision is bfloat16, but mode: eager runs op by op in float32: set mode to graph, or recipe.precision to float32',
    );
    expect(() => engineOf(forward, PIXELS, 'graph', { ...recipe, precision: 'tf32' })).toThrow(
      'recipe.precision is tf32, but this run uses a CPU',
    );
  });

  it('warns of a CPU without the instructions, naming them', () => {
    const cpu = { device: 'cpu', architecture: 'x64', gpus: [] } as const;
    expect(checkPrecision('bfloat16', { ...cpu, cpuFeatures: ['avx2', 'avx512_bf16'] })).toEqual([]);
    expect(checkPrecision('bfloat16', { ...cpu, cpuFeatures: ['avx2', 'fma'] })).toEqual([
      expect.stringContaining('this CPU has no avx512_bf16 and no amx_bf16'),
    ]);
    expect(checkPrecision('float32', { ...cpu, cpuFeatures: ['avx2'] })).toEqual([]);
  });
});
