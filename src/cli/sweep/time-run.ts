import { createInterface } from 'node:readline';
import { availableParallelism } from 'node:os';
import { median } from '../../base/numbers/median.ts';
import { runSchema, type RunConfig } from '../../config/run.ts';
import type { Dataset } from '../../data/batch.ts';
import { openDataset } from '../../data/open.ts';
import type { Engine } from '../../engine/engine.ts';
import { createNetworkEngine, withInitialImages } from '../../engine/network/network.ts';
import { keepsAverage } from '../../recipe/active.ts';
import type { DataSize, RunTiming } from '../../sweep/planning/estimate.ts';
import { explainMissingKernel } from '../../train/failures/missing-kernel.ts';
import { toStepFeeds } from '../../train/next-step.ts';
import { learningRateAt } from '../../train/schedule.ts';

/** The request that a timing process reads from its standard input, as one line of JSON. */
export interface TimingRequest {
  readonly config: RunConfig;
  readonly size: DataSize;
  /** Whether the dataset is on this machine. Otherwise the steps get made-up images. */
  readonly hasImages: boolean;
}

/** Steps that are not timed: in the first steps TensorFlow allocates memory and chooses kernels. */
const WARM_UP_STEPS = 3;
const STEPS = { min: 5, max: 40, seconds: 4 } as const;
const BATCHES = { min: 3, max: 20, seconds: 2 } as const;

/** Repeats `work` for `seconds` seconds, but at least `min` and at most `max` times. Returns its median time in seconds. */
async function medianSeconds(
  { min, max, seconds }: { min: number; max: number; seconds: number },
  work: () => Promise<void>,
): Promise<number> {
  const times: number[] = [];
  const begin = performance.now();
  while (times.length < min || (times.length < max && performance.now() - begin < seconds * 1000)) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) / 1000);
  }
  return median(times)!;
}

/** A dataset of made-up images at the input size, for a dataset that is not on this machine. Reading them takes no time. */
function createFakeDataset({ data, recipe }: RunConfig, { trainExamples, classes }: DataSize): Dataset {
  const side = data.input;
  const { evaluationInput = side } = recipe.augmentation;
  const createBatch = (count: number, side: number) => {
    const images = Uint8Array.from({ length: count * side * side * 3 }, (_, i) => (i * 31) % 251);
    const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
    const zeros = new Int32Array(count);
    return { images, labels, tops: zeros, lefts: zeros, flips: zeros, count, release: () => undefined };
  };
  const train = createBatch(recipe.batch, side);
  const stream = <T>(batch: T) => ({ next: () => Promise.resolve(batch), close: () => Promise.resolve() });
  return {
    description: {
      source: 'synthetic',
      name: 'noise',
      trainExamples,
      validationExamples: recipe.batch,
      sha256: '',
      skipped: [],
      classes: Array.from({ length: classes }, (_, i) => String(i)),
    },
    side,
    padding: 0,
    training: () => stream(train),
    evaluation: ({ batch }) => stream(createBatch(batch, evaluationInput)),
    first: (count) => Promise.resolve({ images: createBatch(count, side).images, count, side }),
    close: () => Promise.resolve(),
  };
}

/** The run to time. */
interface TimedRun {
  readonly engine: Engine;
  readonly images: Dataset;
  readonly config: RunConfig;
}

/** @returns `warm`: when the warm-up ended, in ms since the start of the process; `seconds`: the median time of a step. */
async function timeSteps({ engine, images, config }: TimedRun, ready: () => Promise<void>) {
  const { recipe, seed } = config;
  const { trainExamples } = images.description;
  const stream = images.training({ seed, batch: recipe.batch, from: 0 });
  let step = 0;
  const work = async (): Promise<void> => {
    const batch = await stream.next();
    engine.step(toStepFeeds(batch!, learningRateAt({ recipe, trainExamples }, step), step));
    batch!.release();
    step++;
  };
  try {
    for (let i = 0; i < WARM_UP_STEPS; i++) await work();
    const warm = performance.now();
    await ready();
    return { warm, seconds: await medianSeconds(STEPS, work) };
  } finally {
    await stream.close();
  }
}

/** The median seconds of an evaluation per image. */
async function timeEvaluation({ engine, images, config: { recipe } }: TimedRun): Promise<number> {
  const batch = recipe.batch / recipe.gradientAccumulation;
  let stream = images.evaluation({ batch });
  const work = async (): Promise<void> => {
    let next = await stream.next();
    if (next === undefined) {
      await stream.close();
      stream = images.evaluation({ batch });
      next = (await stream.next())!;
    }
    engine.evaluate(next);
    if (keepsAverage(recipe)) engine.evaluate(next, 'averaged');
    next.release();
  };
  try {
    await work();
    return (await medianSeconds(BATCHES, work)) / batch;
  } finally {
    await stream.close();
  }
}

/** @param ready is called after the warm-up; the timing begins when it resolves. */
async function time(run: TimedRun, ready: () => Promise<void>): Promise<RunTiming> {
  const { warm, seconds } = await timeSteps(run, ready);
  return {
    startSeconds: Math.max(0, warm / 1000 - WARM_UP_STEPS * seconds),
    stepSeconds: seconds,
    evaluationSecondsPerExample: await timeEvaluation(run),
  };
}

/** Returns a function that resolves to the next line of the standard input. */
function createLineReader(): () => Promise<string> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async () => String((await lines.next()).value ?? '');
}

/**
 * Times the steps and evaluations of a run in this process. Reads a TimingRequest as one line, prints `ready` after the warm-up,
 * waits for a second line, and prints a RunTiming as JSON. The second line lets several processes start at the same time.
 */
export async function timeRun(): Promise<void> {
  const readLine = createLineReader();
  const { config: unchecked, size, hasImages } = JSON.parse(await readLine()) as TimingRequest;
  const config = runSchema.parse(unchecked);
  const { workers = availableParallelism(), prefetchBatches } = config.execution;
  const dataset = hasImages
    ? await openDataset(config.data, config.recipe.augmentation, { workers, prefetchBatches })
    : createFakeDataset(config, size);
  const images = await withInitialImages(dataset, config);
  const engine = createNetworkEngine(config, images);
  const ready = async (): Promise<void> => {
    process.stdout.write('ready\n');
    await readLine();
  };
  const timing = await time({ engine, images, config }, ready).catch((error: unknown) => {
    throw explainMissingKernel(error, config.recipe.precision);
  });
  await new Promise<void>((resolve) => {
    process.stdout.write(`${JSON.stringify(timing)}\n`, () => {
      resolve();
    });
  });
  engine.close();
  await images.close();
  process.exit(0);
}
