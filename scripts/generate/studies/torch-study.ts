import { z } from 'zod';

const pointSchema = z.object({ steps: z.int(), epochs: z.number(), top1: z.number() });

const runSchema = z.object({ seed: z.int(), points: z.array(pointSchema).min(1) });

/** The content of `results/pytorch/torch-NETWORK.json`: learning curves of the same recipe in PyTorch and in doubletime. */
export const torchStudySchema = z.object({
  version: z.literal(1),
  network: z.string(),
  /** Options of the network: `{ width: 0.25, stem: 'small' }`. */
  options: z.record(z.string(), z.unknown()),
  parameters: z.int(),
  trainExamples: z.int(),
  validationExamples: z.int(),
  recipe: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.string()),
  /** The measurements of doubletime's runs: files in the same folder. */
  measurements: z.array(z.string()),
  doubletime: z.array(runSchema).min(1),
  pytorch: z.array(runSchema).min(1),
});
export type TorchStudy = z.infer<typeof torchStudySchema>;

/** Mean and standard deviation over seeds (with n - 1; 0 for one seed). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** The mean and standard deviation of values. */
export function computeSpread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** The maximum distance of a mean from that of the other side, in standard deviations of the other side. */
export const DEVIATIONS = 2;

/** Both sides at one evaluation. */
export interface Agreement {
  readonly ours: Spread;
  readonly theirs: Spread;
  /** Whether our mean is at most `DEVIATIONS` of their standard deviations away from theirs. */
  readonly oursWithin: boolean;
  /** Whether their mean is at most `DEVIATIONS` of our standard deviations away from ours. */
  readonly theirsWithin: boolean;
}

function compareAt({ doubletime, pytorch }: TorchStudy, index: number): Agreement {
  const at = (runs: TorchStudy['doubletime']) => computeSpread(runs.map(({ points }) => points[index]!.top1));
  const [ours, theirs] = [at(doubletime), at(pytorch)];
  const distance = Math.abs(ours.mean - theirs.mean);
  return {
    ...{ ours, theirs },
    oursWithin: distance <= DEVIATIONS * theirs.deviation,
    theirsWithin: distance <= DEVIATIONS * ours.deviation,
  };
}

/** Both sides at each evaluation that all runs have, in their order. */
export function agreements(study: TorchStudy): Agreement[] {
  const lengths = [...study.doubletime, ...study.pytorch].map(({ points }) => points.length);
  return Array.from({ length: Math.min(...lengths) }, (_, index) => compareAt(study, index));
}
