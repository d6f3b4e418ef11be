import { z } from 'zod';
import { hashOfJson } from '../base/json.ts';
import { levelSchema } from '../config/level.ts';
import { flopsLimitSchema } from './flops-limit.ts';

/** Raised with every change that measurements of before do not fit; older ones are migrated or refused by name. */
export const MEASUREMENT_VERSION = 1;

const count = z.number().nonnegative();
const seconds = z.number().nonnegative();
const date = z.iso.date();

/** What one training step and one forward pass cost, counted from the recorded graph. */
const countsSchema = z.strictObject({
  parameters: count,
  /** Examples in one training step; the two step counts below are for all of them. */
  batch: z.int().positive(),
  forwardMacsPerExample: count,
  stepMacs: count,
  stepFlops: count,
  /** 3 x forward MACs, one MAC taken as one FLOP: the unit of Hernandez & Brown 2020, Appendix B. */
  paperFlopsPerExample: count,
});

/** One evaluation of the whole validation set; all totals are cumulative training compute up to it. */
export const curvePointSchema = z.strictObject({
  examples: count,
  epochs: count,
  steps: count,
  macs: count,
  flops: count,
  /** As the paper counts it: src/base/paper-compute.ts. */
  paperTeraflopSecondDays: count,
  trainingSeconds: seconds,
  learningRate: z.number(),
  /** Mean training loss since the evaluation before. */
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

/** The first evaluation at the level: the result proper. */
const crossingSchema = z.strictObject({
  examples: count,
  epochs: count,
  steps: count,
  macs: count,
  flops: count,
  paperTeraflopSecondDays: count,
  trainingSeconds: seconds,
  /** The accuracy at the crossing, a fraction of 1. */
  accuracy: z.number().min(0).max(1),
});
export type Crossing = z.infer<typeof crossingSchema>;

const totalsSchema = z.strictObject({
  examples: count,
  epochs: count,
  steps: count,
  macs: count,
  flops: count,
  paperTeraflopSecondDays: count,
  /** Forward MACs and FLOPs of all evaluations: not part of training compute. */
  evaluation: z.strictObject({ examples: count, macs: count, flops: count }),
  /** Steps that a crash lost, and steps repeated to find the layer of a divergence: not part of training compute. */
  wasted: z.strictObject({ examples: count, steps: count, macs: count, flops: count, seconds }),
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
  /** Part of the hardware's stated peak, where the config or the device names one. */
  utilization: z.number().nonnegative().nullable(),
  /** From NVML, where there is a GPU. */
  energyJoules: z.number().nonnegative().nullable(),
  cost: z.strictObject({ amount: count, currency: z.string(), perHour: count }).nullable(),
});

const dataSchema = z.strictObject({
  /** cifar10, cifar100, folder, pack or synthetic. */
  source: z.string(),
  name: z.string(),
  classes: z.array(z.string()).min(1),
  trainExamples: z.int().positive(),
  validationExamples: z.int().positive(),
  /** Height and width in pixels of what the network is given. */
  input: z.int().positive(),
  /** sha256 over the set of examples and labels that were used. */
  sha256: z.string(),
  /** Bad images left out before the epochs were planned, with the reason. */
  skipped: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  /** How many of each class were left out and how many are left, for the classes that lost any. */
  skippedByClass: z
    .array(
      z.strictObject({
        split: z.enum(['train', 'validation']),
        class: z.string(),
        skipped: z.int().positive(),
        left: z.int().min(0),
      }),
    )
    .optional(),
  /** What was taken of the whole set, in words, where it is a part. */
  part: z.string().optional(),
});

const environmentSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  host: z.string(),
  platform: z.string(),
  cpu: z.string(),
  /** That an op may use on the CPU; with another number the last bits may be others. */
  threads: z.int().positive(),
  /** A GPU's memory is null where its driver does not tell. */
  gpus: z.array(z.strictObject({ name: z.string(), driver: z.string(), memoryBytes: count.nullable() })),
  /** gpu or cpu: where the steps ran. */
  device: z.string(),
  node: z.string(),
  tensorflow: z.string(),
  packages: z.record(z.string(), z.string()),
  /** The project's own commit, with `-dirty` where files were changed, or null outside a checkout. */
  commit: z.string().nullable(),
});

export const measurementBodySchema = z.strictObject({
  version: z.literal(MEASUREMENT_VERSION),
  id: z.string().min(1),
  network: z.string().min(1),
  published: date,
  /** Why the run ended. */
  status: z.enum(['reachedLevel', 'finished', 'outOfBudget', 'stoppedEarly', 'diverged']),
  /** Of a run that its sweep has ended before its time (`stoppedEarly`): which limit it had spent, and whose it was. */
  earlyStop: flopsLimitSchema.optional(),
  /** What those who read the result have to know: that test images were used for validation, or how far guessing comes. */
  warnings: z.array(z.string()).optional(),
  /** The run's whole config, defaults filled in. */
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

/** A run's immutable result; `sha256` is that of the canonical JSON of all other fields. */
export const measurementSchema = measurementBodySchema.extend({ sha256: z.string().length(64) });
export type Measurement = z.infer<typeof measurementSchema>;

/** Checks a measurement's shape and seals it with its own hash. */
export function sealMeasurement(body: MeasurementBody): Measurement {
  const checked = measurementBodySchema.parse(body);
  return { ...checked, sha256: hashOfJson(checked) };
}

/** Whether a measurement is as it was sealed. */
export function hasValidSeal({ sha256, ...body }: Measurement): boolean {
  return hashOfJson(body) === sha256;
}
