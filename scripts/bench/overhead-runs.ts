import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSchema, type RunConfig } from '../../src/config/run.ts';
import { openDataset } from '../../src/data/open.ts';
import type { Dataset } from '../../src/data/batch.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import type { Engine, StateTensor } from '../../src/engine/engine.ts';
import { createNetworkEngine } from '../../src/engine/network/network.ts';
import { createReporter } from '../../src/train/watch/reporter.ts';
import { train } from '../../src/train/run.ts';

const BATCH = 32;
const TRAIN_EXAMPLES = 4096;

interface ConfigOptions {
  /** Default: ResNet-18 for small images. */
  readonly network?: { readonly name: string };
  readonly steps: number;
  /** Default: 32. */
  readonly batch?: number;
  /** Height and width of the images. */
  readonly input: number;
  /** Factor on the channels. */
  readonly width: number;
  readonly evaluations: number;
  /** TensorFlow's threads; default: all cores. */
  readonly threads?: number | undefined;
}

/** The config of a run on generated images. */
export const createConfig = (options: ConfigOptions): RunConfig => {
  const { network, steps, batch = BATCH, input, width, evaluations, threads } = options;
  return runSchema.parse({
    network: { ...(network ?? { name: 'resnet18', stem: 'small' }), width },
    data: {
      ...{ source: 'synthetic', input, classes: 10 },
      ...{ trainExamples: TRAIN_EXAMPLES, validationExamples: 128 },
    },
    recipe: { batch, epochs: (steps * batch) / TRAIN_EXAMPLES, learningRate: 0.01 },
    evaluateEvery: { examples: Math.ceil((steps * batch) / evaluations) },
    stopAt: 'end',
    execution: { threads },
  });
};

/** Trains a complete run in a temporary folder. */
export async function trainOnce(config: RunConfig, createEngine: (images: Dataset) => Engine): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-overhead-'));
  try {
    return await train({
      config,
      yaml: '',
      folder,
      extend: false,
      network: { name: 'resnet18', published: '2015-12-10' },
      openImages: () => openDataset(config.data, config.recipe.augmentation, { workers: 2, prefetchBatches: 4 }),
      createEngine,
      describeEnvironment: () => ({
        ...{ host: '', platform: '', cpu: '', threads: 1, gpus: [], device: 'cpu' },
        ...{ node: process.version, tensorflow: '', packages: {}, commit: null },
      }),
      reporter: createReporter(process.stderr, 'text'),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Creates the engine of a run, as `doubletime train` does. */
export const realEngine =
  (config: RunConfig) =>
  (images: Dataset): Engine =>
    createNetworkEngine(config, images);

/**
 * An engine that computes nothing. Its steps take `milliseconds` without blocking JavaScript, as TensorFlow's do. Its state is weights
 * and momentum of `parameters` numbers each.
 */
export function waitingEngine(milliseconds: number, parameters: number): Engine {
  const tensor = (): StateTensor => ({ shape: [parameters], values: new Float32Array(parameters) });
  const state = new Map([
    ['weight', tensor()],
    ['momentum/weight', tensor()],
  ]);
  return {
    counts: {
      ...{ parameters, batch: BATCH, forwardMacsPerExample: 1, stepMacs: 1, stepFlops: 1 },
      ...{ evaluationMacsPerExample: 1, evaluationFlopsPerExample: 1 },
    },
    step: () => {
      throw new TypeError('this engine has only `stageStep`');
    },
    stageStep: () => () =>
      new Promise((resolve) => {
        setTimeout(resolve, milliseconds, 1);
      }),
    evaluate: ({ count }) => ({ lossSum: count, top1: 0, top5: 0 }),
    readState: () => state,
    writeState: () => undefined,
    findNonFinite: () => undefined,
    tensorsAlive: () => 0,
    close: () => undefined,
  };
}
