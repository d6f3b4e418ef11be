import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { dataError, messageOf } from '../../src/base/errors.ts';

const count = z.int().positive();

/** Values that PyTorch computed in float64 for one network with the weights of formula.ts. */
const referenceSchema = z.object({
  /** [n, 3, h, w] */
  input: z.tuple([count, z.literal(3), count, count]),
  params: count,
  eval_logits_first8: z.array(z.array(z.number()).min(1).max(8)),
  eval_logits_l2: z.array(z.number()),
  train_loss: z.number(),
  grad_l2: z.record(z.string(), z.number()),
  /** The state dict in its order: names and shapes. */
  tensors: z.array(z.tuple([z.string(), z.array(z.int())])).min(1),
});
export type Reference = z.infer<typeof referenceSchema>;

const fileSchema = z.record(z.string(), referenceSchema);

/**
 * The networks of a reference file by name, `resnet18` or `resnet18@96`.
 * @throws UserError exit code 65 for a file that is missing or in another format.
 */
export function readReferences(file: string): Record<string, Reference> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw dataError(`cannot read ${file}: ${messageOf(error)}`, error);
  }
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw dataError(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong format'}`);
}
