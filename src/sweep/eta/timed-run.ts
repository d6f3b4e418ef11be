import type { Progress } from '../../results/progress.ts';
import type { PlannedRun } from '../../results/sweep-plan.ts';
import type { TimedRun } from './estimate.ts';

/** Seconds per epoch, including evaluations after the first one; null before the first steps. */
function secondsPerEpoch({ seconds, epoch, epochs, top1, etaSeconds }: Progress): number | null {
  if (seconds !== undefined && epoch > 0 && top1 !== null) return seconds / epoch;
  return etaSeconds !== null && epochs > epoch && epoch > 0 ? etaSeconds / (epochs - epoch) : null;
}

/** The facts about a planned run and its progress that the estimate of the remaining time needs. */
export function toTimedRun(run: PlannedRun, phase: TimedRun['phase'], progress: Progress | undefined): TimedRun {
  const { id, name, network, anchor, config, level } = run;
  return {
    ...{ id, name, network, anchor, phase },
    epochs: config.recipe.epochs,
    epoch: progress?.epoch ?? 0,
    secondsPerEpoch: progress ? secondsPerEpoch(progress) : null,
    mayEndEarly: level !== null && anchor !== id && config.stopAt === 'level',
  };
}
