import { createInterface } from 'node:readline';
import { availableParallelism } from 'node:os';
import { runSchema, type RunConfig } from '../config/run.ts';
import type { Dataset } from '../data/batch.ts';
import { openDataset } from '../data/open.ts';
import type { Engine } from '../engine/engine.ts';
import { createNetworkEngine } from '../engine/network.ts';
import { keepsAverage } from '../recipe/active.ts';
import type { DataSize, RunTiming } from '../sweep/planning/estimate.ts';
import { toStepFeeds } from '../train/loop.ts';
import { learningRateAt } from '../train/schedule.ts';

/** What a timing process is told on its standard input, as one line of JSON. */
export interface TimingRequest {
  readonly config: RunConfig;
  readonly size: DataSize;
  /** Whether the dataset is on this machine; without it, images of noise are fed. */
  readonly hasImages: boolean;
}

/** Memory is allocated and kernels are chosen in the first steps. */
const WARM_UP_STEPS = 3;
const STEPS = { min: 5, max: 40, seconds: 4 } as const;
const BATCHES = { min: 3, max: 20, seconds: 2 } as const;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Times `work` again and again, at least `min` times, until the seconds are over; the median in seconds. */
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
  return median(times);
}

/** Images of noise at the input size, for a dataset that is not on this machine: reading and decoding take no time then. */
function noise({ data, recipe }: RunConfig, { trainExamples, classes }: DataSize): Dataset {
  const side = data.input;
  const batchOf = (count: number) => {
    const images = Uint8Array.from({ length: count * side * side * 3 }, (_, i) => (i * 31) % 251);
    const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
    const zeros = new Int32Array(count);
    return { images, labels, tops: zeros, lefts: zeros, flips: zeros, count, release: () => undefined };
  };
  const train = batchOf(recipe.batch);
  const stream = <T>(batch: T) => ({ next: () => Promise.resolve(batch), close: () => Promise.resolve() });
  return {
    description: {
      ...{
        source: 'synthetic',
        name: 'noise',
        trainExamples,
        validationExamples: recipe.batch,
        sha256: '',
        skipped: [],
      },
      classes: Array.from({ length: classes }, (_, i) => String(i)),
    },
    side,
    padding: 0,
    training: () => stream(train),
    evaluation: ({ batch }) => stream(batchOf(batch)),
    first: (count) => Promise.resolve({ images: batchOf(count).images, count, side }),
    close: () => Promise.resolve(),
  };
}

async function timeSteps(engine: Engine, images: Dataset, config: RunConfig, ready: () => Promise<void>) {
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

async function timeEvaluation(engine: Engine, images: Dataset, { recipe }: RunConfig): Promise<number> {
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

/** Resolves at the next line of the standard input. */
function nextLine(): () => Promise<string> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async () => String((await lines.next()).value ?? '');
}

/**
 * Times a run's steps and evaluations in this process: reads a request as one line, prints `ready` after the warm-up, waits for a
 * second line, so that several processes are timed at once, and prints a RunTiming as JSON.
 */
export async function timeRun(): Promise<void> {
  const read = nextLine();
  const { config: given, size, hasImages } = JSON.parse(await read()) as TimingRequest;
  const config = runSchema.parse(given);
  const { workers = availableParallelism(), prefetchBatches } = config.execution;
  const images = hasImages
    ? await openDataset(config.data, config.recipe.augmentation, { workers, prefetchBatches })
    : noise(config, size);
  const engine = createNetworkEngine(config, images);
  const ready = async (): Promise<void> => {
    process.stdout.write('ready\n');
    await read();
  };
  const { warm, seconds } = await timeSteps(engine, images, config, ready);
  const timing: RunTiming = {
    startSeconds: Math.max(0, warm / 1000 - WARM_UP_STEPS * seconds),
    stepSeconds: seconds,
    evaluationSecondsPerExample: await timeEvaluation(engine, images, config),
  };
  await new Promise<void>((resolve) => {
    process.stdout.write(
      `${JSON.stringify(timing)}
`,
      () => {
        resolve();
      },
    );
  });
  engine.close();
  await images.close();
  process.exit(0);
}
