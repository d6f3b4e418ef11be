import { paperFlops } from '../base/numbers/paper-compute.ts';
import type { Precision } from '../base/precision.ts';
import { recipeSchema } from '../config/recipe.ts';
import { type Counts, countRecording } from '../flops/count.ts';
import { countParameters, type Forward } from '../nn/scope.ts';
import { record } from '../trace/record.ts';
import { recordForward } from '../trace/network.ts';
import { planStep } from './plan.ts';
import { withPrecision } from './precision.ts';
import { trainingStep } from './step.ts';

/** Counts of one training step of a network. */
export interface NetworkCounts extends Counts {
  /** As PyTorch counts them: moving statistics are not parameters. */
  readonly parameters: number;
  /** Paper FLOPs of the whole batch (docs/counting.md). */
  readonly paper: number;
}

/**
 * Counts one training step of a network: SGD with momentum 0.9 and weight decay 1e-4 (Hernandez & Brown 2020, section 3.2) on
 * `batch` images of `input` x `input` pixels, without a crop. Auxiliary heads are counted; they are trained if `auxiliaryWeight` is
 * above 0. Nothing is computed or allocated, whatever the batch size. In bfloat16, the number formats of the ops depend on this
 * machine's device.
 * @throws UserError exit code 78 if the network does not fit the input.
 */
export function countNetwork({
  forward,
  input,
  batch,
  auxiliaryWeight = 0,
  precision = 'float32',
}: {
  forward: Forward;
  input: number;
  batch: number;
  auxiliaryWeight?: number;
  precision?: Precision;
}): NetworkCounts {
  const recipe = recipeSchema.parse({
    batch,
    epochs: 1,
    learningRate: 0.1,
    weightDecay: { value: 1e-4 },
    auxiliaryWeight,
    precision,
    augmentation: { flip: false },
  });
  const plan = planStep({ forward, recipe, input, side: input, padding: 0 });
  const counts = countRecording(withPrecision(record(trainingStep(plan)), precision), precision);
  return {
    ...counts,
    parameters: countParameters(plan.specs),
    paper: paperFlops(counts.macs.forward),
  };
}

/** Whether a network has auxiliary heads in training. @throws UserError exit code 78 if it does not fit the input. */
export const hasAuxiliaryHeads = ({ forward, input }: { forward: Forward; input: number }): boolean =>
  recordForward(forward, { input, batch: 1, training: true }).recording.outputs.has('auxiliary0');

/**
 * Counts the parameters, and the forward MACs of one image of `input` x `input` pixels, including the auxiliary heads.
 * @throws UserError exit code 78 if the network does not fit the input.
 */
export function countForward({ forward, input }: { forward: Forward; input: number }): {
  readonly parameters: number;
  readonly macs: number;
} {
  const { recording, specs } = recordForward(forward, { input, batch: 1, training: true });
  return { parameters: countParameters(specs), macs: countRecording(recording).macs.forward };
}
