import type { SweepPlan } from '../results/sweep-plan.ts';

const maxBackoffSeconds = 3600;

/** The time to wait before a run is retried after `crashes` crashes, in ms. */
export const backoffMs = ({ backoffSeconds }: Pick<SweepPlan, 'backoffSeconds'>, crashes: number): number =>
  1000 * Math.min(backoffSeconds * 2 ** (crashes - 1), maxBackoffSeconds);
