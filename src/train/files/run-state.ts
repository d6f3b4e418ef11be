import { z } from 'zod';
import { curvePointSchema } from '../../results/measurement.ts';
import { emptyLedger, ledgerStateSchema } from '../accounting/ledger.ts';

/** The state of a run besides its tensors: all that is needed for a bit-identical resume. */
export const runStateSchema = z.strictObject({
  ledger: ledgerStateSchema,
  curve: z.array(curvePointSchema),
  /** Sum and number of the training losses since the last evaluation. */
  losses: z.strictObject({ sum: z.number(), count: z.number().nonnegative() }),
  /** The best accuracy of an evaluation, by the level's metric; null before the first. */
  best: z.number().nullable(),
  /** Step of the last evaluation; 0 before the first. */
  evaluatedAt: z.number().nonnegative(),
  /** When the run's first process started. */
  startedAt: z.iso.datetime(),
  /** sha256 over the images and labels in use; missing in checkpoints of early versions. */
  dataSha256: z.string().optional(),
  /** Times and contents of the image files, if there are any; missing in checkpoints of early versions. */
  dataFiles: z.strictObject({ times: z.string(), contents: z.string() }).optional(),
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
