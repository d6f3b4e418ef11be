import { z } from 'zod';
import { curvePointSchema, earlierEnvironmentSchema } from '../../results/measurement.ts';
import { emptyLedger, ledgerStateSchema } from '../accounting/ledger.ts';

/** The state of a run besides its tensors. With both, a resumed run has the same result to the last bit. */
export const runStateSchema = z.strictObject({
  ledger: ledgerStateSchema,
  curve: z.array(curvePointSchema),
  /** Sum and number of the training losses since the last evaluation. */
  losses: z.strictObject({ sum: z.number(), count: z.number().nonnegative() }),
  /** The best accuracy of all evaluations, by the level's metric; null before the first evaluation. */
  best: z.number().nullable(),
  /** Step of the last evaluation; 0 before the first evaluation. */
  evaluatedAt: z.number().nonnegative(),
  /** When the run's first process started. */
  startedAt: z.iso.datetime(),
  /** sha256 of the images and labels in use; missing in checkpoints of early versions. */
  dataSha256: z.string().optional(),
  /** Hashes of the times and contents of the image files; missing without files, and in checkpoints of early versions. */
  dataFiles: z.strictObject({ times: z.string(), contents: z.string() }).optional(),
  /** The environment of the last process, and those before it that differed; missing in checkpoints of early versions. */
  environments: z
    .strictObject({
      environment: earlierEnvironmentSchema.omit({ untilStep: true }),
      earlier: z.array(earlierEnvironmentSchema),
    })
    .optional(),
});
export type RunState = z.infer<typeof runStateSchema>;

export const initialRunState = (startedAt: Date, dataSha256: string, dataFiles?: RunState['dataFiles']): RunState => ({
  ledger: emptyLedger(),
  curve: [],
  losses: { sum: 0, count: 0 },
  best: null,
  evaluatedAt: 0,
  startedAt: startedAt.toISOString(),
  dataSha256,
  ...(dataFiles && { dataFiles }),
});
