import type { SweepPlan } from '../results/sweep-plan.ts';

const maxBackoffSeconds = 3600;

/** The time in ms to wait before a run is retried after `crashes` crashes. It doubles with each crash, up to an hour. */
export const backoffMs = ({ backoffSeconds }: Pick<SweepPlan, 'backoffSeconds'>, crashes: number): number =>
  1000 * Math.min(backoffSeconds * 2 ** (crashes - 1), maxBackoffSeconds);
