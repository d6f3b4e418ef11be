import { findNetwork } from '../../../models/registry.ts';
import { recipeSchema } from '../../../src/config/recipe.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { PlanOptions } from '../../../src/engine/plan.ts';
import type { SessionOptions } from '../../../src/runtime/session-options.ts';

/** A training step to measure. */
export interface BenchStep {
  readonly network: string;
  /** The network's own options, such as `width`; default: as published. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Height and width of the images in pixels. */
  readonly input: number;
  readonly batch: number;
  readonly mode: 'graph' | 'eager';
  /** A precision of recipes, such as `float32`. */
  readonly precision: string;
  /** Whether clusters of ops are compiled with XLA. */
  readonly xla?: boolean;
}

/** The options of the steps that the benchmarks measure: SGD with momentum and weight decay, no augmentation. */
export function benchOptions(step: BenchStep): PlanOptions {
  const { network, options = {}, input, batch, precision, xla = false } = step;
  const recipe = recipeSchema.parse({
    batch,
    epochs: 1,
    learningRate: 0.01,
    weightDecay: { value: 1e-4 },
    augmentation: { flip: false },
    ...(precision === 'float32' ? {} : { precision }),
    ...(xla && { compile: 'xla' }),
  });
  return { forward: findNetwork(network).build(options), recipe, input, side: input, padding: 0 };
}

/** The options of TensorFlow's sessions. TensorFlow must be loaded with the same options. */
export const benchSession = ({ xla = false }: Pick<BenchStep, 'xla'>): SessionOptions =>
  xla ? { compile: 'xla' } : {};

/** The feeds of a bench step, by name; the images are the same in every step. */
export function benchBatch({ input, batch }: Pick<BenchStep, 'input' | 'batch'>) {
  return {
    images: Uint8Array.from({ length: batch * input * input * 3 }, (_, i) => (i * 31) % 251),
    labels: Int32Array.from({ length: batch }, (_, i) => i % 10),
  };
}

/** An engine, and a function that returns the feeds of its next step. */
function openEngine(options: BenchStep) {
  const { images, labels } = benchBatch(options);
  const initialImages = { images, count: options.batch, side: options.input };
  const session = benchSession(options);
  const engine = createEngine({ ...benchOptions(options), seed: 0, mode: options.mode, initialImages, session });
  const zeros = new Int32Array(options.batch);
  const window = { tops: zeros, lefts: zeros, flips: zeros };
  let step = 0;
  return { engine, nextFeeds: () => ({ images, labels, ...window, learningRate: 0.01, step: step++ }) };
}

/** Returns a function that runs the next training step and returns its loss. */
export function createBenchEngine(options: BenchStep): () => number {
  const { engine, nextFeeds } = openEngine(options);
  return () => engine.step(nextFeeds());
}

/**
 * Returns a function that runs the next training step in graph mode as `train` does: while it runs, the feeds of the step after it
 * are copied to tensors of TensorFlow in the memory of the host. The function returns the loss.
 */
export function createStagedBenchEngine(options: BenchStep): () => Promise<number> {
  const { engine, nextFeeds } = openEngine(options);
  const stage = engine.stageStep;
  if (stage === undefined) throw new TypeError(`steps in ${options.mode} mode cannot be staged`);
  let next = stage(nextFeeds(), true);
  return async () => {
    const running = next();
    next = stage(nextFeeds(), true);
    return (await running)!;
  };
}
