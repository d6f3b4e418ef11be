import type { SweepPlan } from '../results/sweep-plan.ts';

const maxBackoffSeconds = 3600;

/** How long to wait after so many crashes of a run before it is started again, in ms. */
export const backoffMs = ({ backoffSeconds }: Pick<SweepPlan, 'backoffSeconds'>, crashes: number): number =>
  1000 * Math.min(backoffSeconds * 2 ** (crashes - 1), maxBackoffSeconds);
