import { z } from 'zod';
import { hashOfJson } from '../base/json.ts';
import { skippedClassSchema } from '../base/skipped-class.ts';
import { levelSchema } from '../config/level.ts';
import { flopsLimitSchema } from './flops-limit.ts';

/** Raised with every incompatible change; older measurements are migrated, or refused with their version. */
export const MEASUREMENT_VERSION = 1;

const count = z.number().nonnegative();
const seconds = z.number().nonnegative();
const date = z.iso.date();

const macsByPrecisionSchema = z.strictObject({ float32: count, tf32: count, bfloat16: count }).partial();

/** The cost of a training step in a stage of a run whose image size changes. */
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
 * The cost of one training step and one forward pass, counted from the recorded graph; at `data.input` pixels where the image
 * size changes during the run.
 */
const countsSchema = z.strictObject({
  parameters: count,
  /** Examples in one training step; the two step counts below are for all of them. */
  batch: z.int().positive(),
  forwardMacsPerExample: count,
  stepMacs: count,
  /** `stepMacs` by the number format of their factors; all are float32 in a measurement without it. */
  macsByPrecision: macsByPrecisionSchema.optional(),
  stepFlops: count,
  /** 3 x forward MACs, a MAC counted as one FLOP: the unit of Hernandez & Brown 2020, Appendix B. */
  paperFlopsPerExample: count,
  /** The cost of a step in each stage, where the image size changes; totals are sums over the stages. */
  stages: z.array(stageSchema).min(1).optional(),
});

/** The training compute since the start of the run. */
const trainingCompute = {
  examples: count,
  epochs: count,
  steps: count,
  macs: count,
  flops: count,
  /** As the paper counts it: src/base/paper-compute.ts. */
  paperTeraflopSecondDays: count,
};

/** One evaluation of the whole validation set; all totals are cumulative training compute up to it. */
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
  /** The same accuracies of the moving average of the weights, where the recipe keeps one. */
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
  /** Forward MACs and FLOPs of all evaluations: not part of training compute. */
  evaluation: z.strictObject({ examples: count, macs: count, flops: count }),
  /** Work after the last checkpoint that a crash lost, and steps repeated to find the layer of a divergence; not part of training compute. */
  wasted: z.strictObject({
    examples: count,
    steps: count,
    macs: count,
    flops: count,
    seconds,
    /** The steps of each stage, where the image size changes. */
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
  /** Fraction of the hardware's peak; null where it is unknown. */
  utilization: z.number().nonnegative().nullable(),
  /** That peak: from `execution.peakFlopPerSecond`, or the card's in the recipe's precision. */
  peakFlopPerSecond: z.number().positive().optional(),
  /** The integral of the GPU's power as nvidia-smi samples it; null where it is unknown. */
  energyJoules: z.number().nonnegative().nullable(),
  cost: z.strictObject({ amount: count, currency: z.string(), perHour: count }).nullable(),
  /** Samples of the GPU, twice a second; missing where there were none. Null is what nvidia-smi does not know. */
  gpu: z
    .strictObject({
      /** Memory in use on the whole card. */
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
  /** cifar10, cifar100, folder, pack or synthetic. */
  source: z.string(),
  name: z.string(),
  classes: z.array(z.string()).min(1),
  trainExamples: z.int().positive(),
  validationExamples: z.int().positive(),
  /** Height and width of the network's input in pixels. */
  input: z.int().positive(),
  /** sha256 over the set of examples and labels that were used. */
  sha256: z.string(),
  /** Bad images left out before the epochs were planned, with the reason. */
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  /** Images left out and images left, for each class with images left out. */
  skippedByClass: z.array(skippedClassSchema).optional(),
  /** The part of the whole dataset, in words. */
  part: z.string().optional(),
});

const environmentSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  host: z.string(),
  platform: z.string(),
  cpu: z.string(),
  /** Threads per op on the CPU; another number may change the last bits. */
  threads: z.int().positive(),
  /** Memory is null if the driver does not report it. */
  gpus: z.array(z.strictObject({ name: z.string(), driver: z.string(), memoryBytes: count.nullable() })),
  /** gpu or cpu: where the steps ran. */
  device: z.string(),
  /** The card that the steps ran on, and the CUDA that was loaded; missing on a CPU, and where it cannot be told. */
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
  node: z.string(),
  tensorflow: z.string(),
  /** Whose kernels a graph runs on; missing in measurements from before doubletime had its own. */
  kernels: z.enum(['doubletime', 'tensorflow']).optional(),
  packages: z.record(z.string(), z.string()),
  /** The commit of doubletime, with `-dirty` after local changes; null outside a checkout. */
  commit: z.string().nullable(),
});

export const measurementBodySchema = z.strictObject({
  version: z.literal(MEASUREMENT_VERSION),
  id: z.string().min(1),
  network: z.string().min(1),
  published: date,
  /** Why the run ended. */
  status: z.enum(['reachedLevel', 'finished', 'outOfBudget', 'stoppedEarly', 'diverged']),
  /** For `stoppedEarly`: the limit that the run had spent, and the run that it comes from. */
  earlyStop: flopsLimitSchema.optional(),
  /** Notes on how to read the result: test images used for validation, or the accuracy of guessing. */
  warnings: z.array(z.string()).optional(),
  /** Whether the run may be an entry of the public tracker, what speaks against it, and what an entry may use and may not. */
  tracker: z
    .strictObject({
      entry: z.boolean(),
      problems: z.array(z.string()),
      mayUse: z.array(z.string()),
      mayNotUse: z.array(z.string()),
    })
    .optional(),
  /** The run's whole config with all defaults. */
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

/** Checks a measurement's shape and seals it with its own hash. */
export function sealMeasurement(body: MeasurementBody): Measurement {
  const checked = measurementBodySchema.parse(body);
  return { ...checked, sha256: hashOfJson(checked) };
}

/** Whether a measurement is unchanged since it was sealed. */
export function hasValidSeal({ sha256, ...body }: Measurement): boolean {
  return hashOfJson(body) === sha256;
}
