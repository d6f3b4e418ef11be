import { z } from 'zod';
import { averagedSpecs, moveAverages } from '../averages.ts';
import { type Call, defineMethod } from '../method.ts';

/** A tolerance in epochs, so that rounding does not delay a snapshot by a step. */
const ROUNDING = 1e-9;

interface Times {
  /** Part of the run after which the first snapshot is taken. */
  readonly from: number;
  readonly everyEpochs: number;
}

/** Snapshots taken after so many epochs. */
function snapshotsAt({ from, everyEpochs }: Times, epochs: number, total: number): number {
  const since = epochs - from * total + ROUNDING;
  return since < 0 ? 0 : Math.floor(since / everyEpochs) + 1;
}

/** The part of the present weights in the average: all of it before the first snapshot, 1 / n at the n-th, else nothing. */
export function partOfSnapshot(times: Times, { before, after, total }: Call['epochs']): number {
  const taken = snapshotsAt(times, after, total);
  return taken === 0 ? 1 : (taken - snapshotsAt(times, before, total)) / taken;
}

/**
 * Stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407): the mean of the weights at regular moments of the
 * last part of a run, evaluated beside the trained ones. Moving statistics are averaged too, as torch's AveragedModel does
 * with `use_buffers`. Before the first snapshot the average is the present weights.
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
      feeds: { 'snapshot/part': { value: ({ epochs }) => partOfSnapshot(config, epochs) } },
      finish: (step, updates) => {
        moveAverages(step, updates, step.feed('snapshot/part'));
      },
    },
});
