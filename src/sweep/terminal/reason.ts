import { stoppedEarlyText } from '../../results/flops-limit.ts';
import type { Measurement } from '../../results/measurement.ts';

type Ending = Pick<Measurement, 'status' | 'earlyStop' | 'crossing'>;

const endings: Readonly<Record<Measurement['status'], string>> = {
  reachedLevel: 'reached the level',
  finished: 'finished',
  outOfBudget: 'its budget is spent',
  stoppedEarly: 'stopped early',
  diverged: 'diverged',
};

/** Why a run ended; for a run with a level, whether it reached it. */
export function reasonText({ status, earlyStop, crossing }: Ending, hasLevel: boolean): string {
  if (crossing !== null) return endings.reachedLevel;
  if (!hasLevel || status === 'diverged') return endings[status];
  if (earlyStop) return `level not reached, ${stoppedEarlyText(earlyStop)}`;
  return `level not reached in its ${status === 'outOfBudget' ? 'budget' : 'epochs'}`;
}
