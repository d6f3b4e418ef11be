import { z } from 'zod';
import { formatCount } from '../../base/text/format.ts';
import { averagedSpecs, moveAverages } from '../averages.ts';
import { EPOCH_TOLERANCE } from '../epoch-tolerance.ts';
import { AVERAGED, type Call, defineMethod, type RunLength, type Step } from '../method.ts';
import { blended } from '../mixing.ts';

/** The action of a step after its update. */
interface Move {
  /** 1 if the fast weights are set to the slow weights, otherwise 0. */
  readonly due: number;
  /** The fraction of the way that the slow weights move towards the fast weights. */
  readonly rate: number;
}

/** The options of lookahead that decide when the slow weights move. */
interface Times {
  readonly steps: number;
  readonly rate: number;
  readonly fromEpoch?: number | undefined;
  readonly decay?: { readonly base: number; readonly power: number } | undefined;
  readonly restorePerEpoch?: boolean | undefined;
}

/** Whether lookahead has started after `epochs` epochs. Before, the slow weights equal the fast weights. */
const hasStarted = ({ fromEpoch = 0 }: Times, epochs: number): boolean => epochs + EPOCH_TOLERANCE >= fromEpoch;

/** How a step moves the slow weights after its update. */
export function moveAt(times: Times, { step, epochs: { before, after, total } }: Pick<Call, 'step' | 'epochs'>): Move {
  const { steps, rate, fromEpoch, decay, restorePerEpoch } = times;
  if (fromEpoch !== undefined && !hasStarted(times, before)) return { due: 1, rate: 1 };
  if ((step + 1) % steps === 0)
    return { due: 1, rate: decay ? 1 - decay.base ** steps * Math.min(1, after / total) ** decay.power : rate };
  const endsEpoch = Math.floor(after + EPOCH_TOLERANCE) > Math.floor(before + EPOCH_TOLERANCE);
  return { due: restorePerEpoch === true && endsEpoch ? 1 : 0, rate: 0 };
}

/** Why the slow weights would never move, and so would keep the values of the start; undefined if they move. */
function moveProblem(times: Times, { steps: total, epochsPerStep }: RunLength): string | undefined {
  const { steps, fromEpoch = 0 } = times;
  if (steps > total)
    return `moves the slow weights every ${steps} steps, but the run has ${formatCount(total, 'step')}: lower lookahead.steps to at most ${total}, or train for more epochs`;
  const lastMove = (Math.floor(total / steps) * steps - 1) * epochsPerStep;
  return hasStarted(times, lastMove)
    ? undefined
    : `starts at epoch ${fromEpoch}, but the last step that moves the slow weights starts at epoch ${lastMove}: give an earlier fromEpoch, fewer steps between moves, or more epochs`;
}

/** The frozen parameters that lookahead leaves alone: all, but none with `decay`, as in airbench's code. */
const keptFrozen = ({ decay }: Times, { frozen }: Step): ReadonlySet<string> => (decay ? new Set() : frozen);

/**
 * Lookahead (Zhang et al. 2019, arXiv 1907.08610, algorithm 1): after every `steps` steps, the slow weights move by the fraction
 * `rate` towards the fast weights, and the fast weights continue from there. Moving statistics are treated like weights. Both sets
 * of weights are evaluated. `decay` comes from airbench (Jordan 2024, arXiv 2404.00498), `fromEpoch` and `restorePerEpoch` from the
 * first version of its code, of 2024-03-20. The slow weights of frozen parameters become equal to the fast ones. With `decay` the
 * fast weights of frozen parameters are set to the slow ones like all others, as airbench's code (LookaheadState.update) does.
 */
export const lookahead = defineMethod({
  order: 620,
  schema: z
    .strictObject({
      /** Training steps between two moves of the slow weights. */
      steps: z.int().min(1).default(5),
      /** The fraction of the way that the slow weights move towards the fast weights; 1: all the way. */
      rate: z.number().gt(0).lte(1).default(0.5),
      /**
       * The epoch at which lookahead starts. Before, the slow weights equal the fast weights.
       * @unit epochs
       */
      fromEpoch: z.number().positive().optional(),
      /** Replaces `rate`: the rate is 1 - (base ^ steps) x (fraction ^ power), where `fraction` is the part of the run that is over. */
      decay: z
        .strictObject({
          /**
           * The fraction of the slow weights that stays at each training step at the end of the run.
           * @example 0.95
           */
          base: z.number().gt(0).lt(1),
          /**
           * The exponent: with a larger one, the slow weights follow the fast weights closely for longer. 0: the rate is constant.
           * @example 3
           */
          power: z.number().min(0),
        })
        .optional(),
      /** Whether the fast weights are also set to the slow weights at the end of every epoch. */
      restorePerEpoch: z.boolean().optional(),
    })
    .optional(),
  check: (config, recipe) =>
    config?.fromEpoch !== undefined && config.fromEpoch >= Number(recipe['epochs'])
      ? `starts at epoch ${config.fromEpoch}, but the run has ${formatCount(Number(recipe['epochs']), 'epoch')}: give an earlier fromEpoch, or more epochs`
      : undefined,
  create: (config) =>
    config && {
      keepsAverage: true,
      findRunProblem: (run) => moveProblem(config, run),
      startsAtEpoch: config.fromEpoch,
      dependsOnLength: config.decay !== undefined,
      state: averagedSpecs,
      feeds: {
        'lookahead/due': { value: (call) => moveAt(config, call).due },
        'lookahead/rate': { value: (call) => moveAt(config, call).rate },
      },
      finish: (step, updates) => {
        const kept = keptFrozen(config, step);
        const slow = moveAverages(step, updates, step.feed('lookahead/rate'), kept);
        for (const name of kept) updates.set(AVERAGED + name, step.variables.get(name)!.clone());
        const due = step.feed('lookahead/due');
        for (const [name, average] of slow)
          updates.set(name, blended(average, updates.get(name) ?? step.variables.get(name)!, due));
      },
    },
});
