import { z } from 'zod';
import { hashOfJson } from '../base/json.ts';
import { skippedClassSchema } from '../base/skipped-class.ts';
import { levelSchema } from '../config/level.ts';
import { flopsLimitSchema } from './flops-limit.ts';

/** Each incompatible change increases it. Older measurements are migrated (migrate.ts); newer ones are refused. */
export const MEASUREMENT_VERSION = 1;

const count = z.number().nonnegative();
const seconds = z.number().nonnegative();
const date = z.iso.date();

const macsByPrecisionSchema = z.strictObject({ float32: count, tf32: count, bfloat16: count }).partial();

/** The cost of a training step in one stage, if the training step changes during the run. */
const stageSchema = z.strictObject({
  /** The first step of the stage, from 0. */
  fromStep: count.int(),
  /** Height and width of its training images in pixels. */
  input: z.int().positive(),
  forwardMacsPerExample: count,
  stepMacs: count,
  macsByPrecision: macsByPrecisionSchema.optional(),
  stepFlops: count,
});

/**
 * The cost of one training step and one forward pass, counted from the recorded graph. If the image size changes during the
 * run, it is the cost at `data.input` pixels.
 */
const countsSchema = z.strictObject({
  parameters: count,
  /** Images in one training step. `stepMacs` and `stepFlops` are for all of them. */
  batch: z.int().positive(),
  forwardMacsPerExample: count,
  stepMacs: count,
  /** `stepMacs` by the number format of their factors. If it is missing, all are float32. */
  macsByPrecision: macsByPrecisionSchema.optional(),
  stepFlops: count,
  /** 3 x forward MACs, a MAC counted as one FLOP: the unit of Hernandez & Brown 2020, Appendix B. */
  paperFlopsPerExample: count,
  /** The cost of a step in each stage, if the training step changes during the run. Totals are then sums over the stages. */
  stages: z.array(stageSchema).min(1).optional(),
});

/** The training compute since the start of the run. */
const trainingCompute = {
  examples: count,
  epochs: count,
  steps: count,
  macs: count,
  flops: count,
  /** Paper compute in teraflop/s-days (src/base/numbers/paper-compute.ts). */
  paperTeraflopSecondDays: count,
};

/** One evaluation of the whole validation split, with the training compute from the start of the run up to it. */
export const curvePointSchema = z.strictObject({
  ...trainingCompute,
  trainingSeconds: seconds,
  learningRate: z.number(),
  /** Mean training loss since the previous evaluation. */
  trainingLoss: z.number().nullable(),
  /** Mean validation loss. */
  loss: z.number(),
  top1: z.number().min(0).max(1),
  top5: z.number().min(0).max(1),
  /** Loss and accuracies of the averaged weights, if the recipe keeps them. */
  averaged: z
    .strictObject({
      loss: z.number(),
      top1: z.number().min(0).max(1),
      top5: z.number().min(0).max(1),
    })
    .optional(),
});
export type CurvePoint = z.infer<typeof curvePointSchema>;

/** The first evaluation at the level: the result. */
const crossingSchema = z.strictObject({
  ...trainingCompute,
  trainingSeconds: seconds,
  /** The accuracy at the crossing, a fraction of 1. */
  accuracy: z.number().min(0).max(1),
});
export type Crossing = z.infer<typeof crossingSchema>;

const totalsSchema = z.strictObject({
  ...trainingCompute,
  /** Forward MACs and FLOPs of all evaluations; not part of training compute. */
  evaluation: z.strictObject({ examples: count, macs: count, flops: count }),
  /**
   * Work after the last checkpoint that was lost in a crash, and steps that were repeated to find the layer of a divergence.
   * It is not part of training compute.
   */
  wasted: z.strictObject({
    examples: count,
    steps: count,
    macs: count,
    flops: count,
    seconds,
    /** The steps of each stage, if the run has stages. */
    stepsByStage: z.array(count).optional(),
  }),
  seconds: z.strictObject({
    training: seconds,
    evaluation: seconds,
    inputWait: seconds,
    checkpointing: seconds,
    tracing: seconds,
  }),
  peakMemoryBytes: count,
  examplesPerSecond: count,
  /** Exact training FLOPs per second of training. */
  flopPerSecond: count,
  /** `flopPerSecond` as a fraction of `peakFlopPerSecond`; null if the peak is unknown. */
  utilization: z.number().nonnegative().nullable(),
  /**
   * FLOPs per second that the hardware can do: `execution.peakFlopPerSecond`, or that of the GPU in the recipe's precision.
   */
  peakFlopPerSecond: z.number().positive().optional(),
  /** The power of the GPU, as nvidia-smi samples it, integrated over the run; null if it is unknown. */
  energyJoules: z.number().nonnegative().nullable(),
  cost: z.strictObject({ amount: count, currency: z.string(), perHour: count }).nullable(),
  /** From samples of the GPU, two per second; missing if there were none. A value is null if nvidia-smi does not know it. */
  gpu: z
    .strictObject({
      /** The most memory in use on the whole GPU. */
      peakMemoryBytes: count.nullable(),
      /** Fraction of the samples with a lowered clock, by reason. */
      throttledFraction: z.record(z.string(), z.number().min(0).max(1)),
      /** New memory errors during the run. */
      correctedErrors: count.nullable(),
      uncorrectedErrors: count.nullable(),
    })
    .optional(),
});

const dataSchema = z.strictObject({
  /** The name of the data source: cifar10, cifar100, folder, pack or synthetic. */
  source: z.string(),
  name: z.string(),
  classes: z.array(z.string()).min(1),
  trainExamples: z.int().positive(),
  validationExamples: z.int().positive(),
  /** Height and width of the network's input in pixels. */
  input: z.int().positive(),
  /** sha256 of the images and labels that were used (`hashDataset` in src/data/dataset.ts). */
  sha256: z.string(),
  /** Bad images that were skipped before the first epoch, with the reason. */
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  /** Skipped and remaining images of each class with skipped images. */
  skippedByClass: z.array(skippedClassSchema).optional(),
  /** Which part of the whole dataset was used, in words. */
  part: z.string().optional(),
});

/** The machine and the software of a process that trained. */
const processSchema = z.strictObject({
  host: z.string(),
  platform: z.string(),
  cpu: z.string(),
  /** The CPU's instruction sets for which there are kernels of their own, such as avx512f. Early versions did not write them. */
  cpuFeatures: z.array(z.string()).optional(),
  /** Threads per op on the CPU. Another number of threads may change the last bits of results. */
  threads: z.int().positive(),
  /** The options of TensorFlow's session that neither `execution` nor the recipe has. Early versions did not write them. */
  session: z
    .strictObject({
      /** Ops that could run at the same time. */
      interOpThreads: z.int().positive(),
      /** Whether TensorFlow refused kernels that add numbers in a random order. */
      deterministicOps: z.boolean(),
      /** The flags of XLA that were set for the process; missing if none were set. */
      xlaFlags: z.string().optional(),
      /** False if TensorFlow ran without oneDNN's kernels for the CPU; missing if with them. */
      oneDnn: z.literal(false).optional(),
    })
    .optional(),
  /** All GPUs of the machine. Memory is null if the driver does not report it. */
  gpus: z.array(z.strictObject({ name: z.string(), driver: z.string(), memoryBytes: count.nullable() })),
  /** The device that ran the steps: gpu or cpu. */
  device: z.string(),
  node: z.string(),
  tensorflow: z.string(),
  /** The kernels that the graph ran on: doubletime's own or only TensorFlow's. Early versions did not write it. */
  kernels: z.enum(['doubletime', 'tensorflow']).optional(),
  packages: z.record(z.string(), z.string()),
  /** The commit of doubletime, with `-dirty` if the checkout had local changes; null if it is unknown. */
  commit: z.string().nullable(),
});

/** The environment of an earlier process of the run. */
export const earlierEnvironmentSchema = processSchema.extend({
  /** The number of steps of the run when this process ended. */
  untilStep: z.int().positive(),
});
export type EarlierEnvironment = z.infer<typeof earlierEnvironmentSchema>;

/** The environment of the last process of the run. */
const environmentSchema = processSchema.extend({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The GPU that ran the steps, and the CUDA that was loaded; missing on a CPU, or if it is unknown. */
  gpu: z
    .strictObject({
      name: z.string(),
      uuid: z.string(),
      driver: z.string(),
      computeCapability: z.string().nullable(),
      /** The newest CUDA that the driver supports. */
      cudaDriver: z.string().optional(),
      cuda: z.string().optional(),
      cudnn: z.string().optional(),
    })
    .optional(),
  /** The environments of earlier processes that differed, in the order of their steps; missing if none differed. */
  earlier: z.array(earlierEnvironmentSchema).optional(),
});

/** A measurement without its hash. */
export const measurementBodySchema = z.strictObject({
  version: z.literal(MEASUREMENT_VERSION),
  id: z.string().min(1),
  network: z.string().min(1),
  published: date,
  /** Why the run ended. */
  status: z.enum(['reachedLevel', 'finished', 'outOfBudget', 'stoppedEarly', 'diverged']),
  /** For `stoppedEarly`: the limit that the run reached, and the run that set it. */
  earlyStop: flopsLimitSchema.optional(),
  /** Notes on how to read the result: test images used for validation, or the accuracy of guessing. */
  warnings: z.array(z.string()).optional(),
  /**
   * Whether the run may be an entry of the public tracker, the rules that it breaks, and what an entry may and may not use.
   */
  tracker: z
    .strictObject({
      entry: z.boolean(),
      problems: z.array(z.string()),
      mayUse: z.array(z.string()),
      mayNotUse: z.array(z.string()),
    })
    .optional(),
  /** The run's config with all defaults. */
  config: z.record(z.string(), z.unknown()),
  data: dataSchema,
  seed: z.int(),
  counts: countsSchema,
  level: levelSchema.nullable(),
  curve: z.array(curvePointSchema),
  crossing: crossingSchema.nullable(),
  totals: totalsSchema,
  environment: environmentSchema,
});
export type MeasurementBody = z.infer<typeof measurementBodySchema>;

/** The immutable result of a run; `sha256` is the hash of the canonical JSON of all other fields. */
export const measurementSchema = measurementBodySchema.extend({ sha256: z.string().length(64) });
export type Measurement = z.infer<typeof measurementSchema>;

/** Checks a measurement's shape and seals it with its own hash. @throws ZodError if the shape is invalid. */
export function sealMeasurement(body: MeasurementBody): Measurement {
  const checked = measurementBodySchema.parse(body);
  return { ...checked, sha256: hashOfJson(checked) };
}

/** Whether a measurement is unchanged since it was sealed. */
export function hasValidSeal({ sha256, ...body }: Measurement): boolean {
  return hashOfJson(body) === sha256;
}
