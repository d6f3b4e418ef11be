import { z } from 'zod';
import { readText } from '../base/files/read-file.ts';
import { runPaths } from './run-folder.ts';

const nullableNumber = z.number().nullable();

/** The progress of a run: `progress.json` in its folder, written atomically, read by `status` and the live view. */
export const progressSchema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  network: z.string(),
  state: z.enum(['starting', 'tracing', 'training', 'evaluating', 'stopped', 'finished', 'failed']),
  epoch: z.number(),
  epochs: z.number(),
  step: z.number(),
  steps: z.number(),
  examples: z.number(),
  macs: z.number(),
  flops: z.number(),
  loss: nullableNumber,
  top1: nullableNumber,
  top5: nullableNumber,
  /** The run's level; null if it has none. */
  level: z.strictObject({ metric: z.enum(['top1', 'top5']), value: z.number() }).nullable(),
  examplesPerSecond: nullableNumber,
  etaSeconds: nullableNumber,
  /** Seconds of training, evaluation and overhead so far, over all processes of the run. */
  seconds: z.number().optional(),
  /** Fraction of the time of training steps that this process waited for images; missing during its first seconds. */
  inputWaitFraction: z.number().min(0).max(1).optional(),
  /** Memory in use on the GPU; missing if it is unknown. */
  gpuMemoryBytes: z.number().nonnegative().optional(),
  pid: z.int(),
  host: z.string(),
  updatedAt: z.iso.datetime(),
  /** Why the run stopped or failed, in one line. */
  message: z.string().optional(),
});
export type Progress = z.infer<typeof progressSchema>;

/** The progress in a run's folder; undefined if it is missing or cannot be read. */
export function readProgress(folder: string): Progress | undefined {
  try {
    return progressSchema.parse(JSON.parse(readText(runPaths(folder).progress)));
  } catch {
    return undefined;
  }
}
