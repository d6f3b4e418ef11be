import { z } from 'zod';
import { averagedSpecs, moveAverages } from '../averages.ts';
import { EPOCH_TOLERANCE } from '../epoch-tolerance.ts';
import { type Call, defineMethod } from '../method.ts';

/** When snapshots of the weights are taken. */
interface Times {
  /** The fraction of the run after which the first snapshot is taken. */
  readonly from: number;
  readonly everyEpochs: number;
}

/** The number of snapshots that have been taken after `epochs` epochs. */
function countSnapshots({ from, everyEpochs }: Times, epochs: number, total: number): number {
  const since = epochs - from * total + EPOCH_TOLERANCE;
  return since < 0 ? 0 : Math.floor(since / everyEpochs) + 1;
}

/** The fraction of the current weights in the average: 1 before the first snapshot, 1 / n at the n-th snapshot, otherwise 0. */
export function snapshotFraction(times: Times, { before, after, total }: Call['epochs']): number {
  const taken = countSnapshots(times, after, total);
  return taken === 0 ? 1 : (taken - countSnapshots(times, before, total)) / taken;
}

/**
 * Stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407): averages snapshots of the weights, taken at regular intervals
 * in the last part of a run. The average is evaluated beside the trained weights. Moving statistics are averaged too, as in torch's
 * AveragedModel with `use_buffers`. Before the first snapshot, the average equals the current weights.
 */
export const stochasticWeightAveraging = defineMethod({
  order: 630,
  schema: z
    .strictObject({
      /** The fraction of the run after which the first snapshot is taken. */
      from: z.number().min(0).lt(1).default(0.75),
      /**
       * Epochs between two snapshots.
       * @unit epochs
       */
      everyEpochs: z.number().positive().default(1),
    })
    .optional(),
  create: (config) =>
    config && {
      keepsAverage: true,
      dependsOnLength: true,
      state: averagedSpecs,
      feeds: { 'snapshot/part': { value: ({ epochs }) => snapshotFraction(config, epochs) } },
      finish: (step, updates) => {
        moveAverages(step, updates, step.feed('snapshot/part'));
      },
    },
});
