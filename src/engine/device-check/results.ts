import { z } from 'zod';
import { dataError, UserError } from '../../base/errors.ts';
import { readText } from '../../base/files/read-file.ts';

const sketchSchema = z.object({
  size: z.int().nonnegative(),
  norm: z.number(),
  nonFinite: z.int().nonnegative(),
  sums: z.array(z.number()),
});

const attributeSchema = z.object({
  name: z.string(),
  type: z.number(),
  value: z.union([z.boolean(), z.number(), z.string(), z.array(z.number())]),
});

/** An op of a training step, with everything that is needed to execute it alone. */
const listedOpSchema = z.object({
  op: z.string(),
  attributes: z.array(attributeSchema),
  /** `values` are those of a constant; other inputs are random numbers from a seed. */
  inputs: z.array(z.object({ shape: z.array(z.int()), dtype: z.int(), values: z.array(z.number()).optional() })),
  outputs: z.int().positive(),
  /** The first layer with this op. */
  layer: z.string(),
  networks: z.array(z.string()),
});
export type ListedOp = z.infer<typeof listedOpSchema>;

const opResultSchema = z.object({ outputs: z.array(sketchSchema).nullable(), error: z.string().optional() });
export type OpResult = z.infer<typeof opResultSchema>;

/** Three training steps of a network: their losses, and the change of each tensor by the first step. */
const stepResultSchema = z.object({
  network: z.string(),
  input: z.int(),
  /** A loss that is NaN or infinite is null. */
  losses: z.array(z.number().nullable()),
  milliseconds: z.array(z.number()),
  changes: z.record(z.string(), sketchSchema),
  error: z.string().optional(),
});
export type StepResult = z.infer<typeof stepResultSchema>;

/** The results of one device. */
const deviceResultsSchema = z.object({
  version: z.literal(1),
  /** Such as `cpu, 2 threads`. */
  device: z.string(),
  tensorflow: z.string(),
  commit: z.string().nullable(),
  seconds: z.number(),
  ops: z.array(listedOpSchema),
  opResults: z.array(opResultSchema),
  steps: z.array(stepResultSchema),
});
export type DeviceResults = z.infer<typeof deviceResultsSchema>;

/** Reads a file of `doctor --ops --write-reference`. Returns the reason if it is another file. @throws UserError exit code 66 */
function parseReference(file: string): DeviceResults | string {
  let content: unknown;
  try {
    content = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof UserError) throw error;
    return 'is not complete JSON';
  }
  const parsed = deviceResultsSchema.safeParse(content);
  const isComplete = parsed.success && parsed.data.ops.length === parsed.data.opResults.length;
  return isComplete ? parsed.data : 'is not a reference of this version';
}

/** Reads a reference; undefined if it is another file. @throws UserError exit code 66 if it does not exist. */
export function findReference(file: string): DeviceResults | undefined {
  const found = parseReference(file);
  return typeof found === 'string' ? undefined : found;
}

/**
 * Reads a file of `doctor --ops --write-reference`.
 * @throws UserError exit code 65 if the file is incomplete or of another version, 66 if it does not exist.
 */
export function readReference(file: string): DeviceResults {
  const found = parseReference(file);
  if (typeof found !== 'string') return found;
  throw dataError(`${file} ${found}: write it again with \`doubletime doctor --ops --write-reference FILE\``);
}
