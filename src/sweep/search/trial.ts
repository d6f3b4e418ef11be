import type { Metric } from '../../config/level.ts';
import { accuracyAt } from '../../results/crossing.ts';
import type { Crossing, Measurement } from '../../results/measurement.ts';
import type { Settings } from './candidates.ts';

/** One setting of one network, trained rung by rung. */
export interface Trial {
  /** From 1, in the order of the settings. */
  readonly number: number;
  readonly settings: Settings;
  /** Epochs of its schedule. */
  readonly epochs: number;
  /** Epochs at which it is compared with trials of the same schedule; the last is the end of the schedule. */
  readonly rungs: readonly number[];
}

/** What a trial has shown up to an evaluation. */
export interface TrialResult {
  readonly status: Measurement['status'];
  readonly crossing: Crossing | null;
  readonly epochs: number;
  readonly flops: number;
  readonly bestAccuracy: number;
  readonly lastAccuracy: number;
}

export const toTrialResult = (
  { status, crossing, curve, totals: { epochs, flops } }: Measurement,
  metric: Metric,
): TrialResult => {
  const accuracies = curve.map((point) => accuracyAt(point, metric));
  return {
    ...{ status, crossing, epochs, flops },
    bestAccuracy: Math.max(0, ...accuracies),
    lastAccuracy: accuracies.at(-1) ?? 0,
  };
};

export type TrialStatus = 'waiting' | 'training' | 'reachedLevel' | 'finished' | 'dropped' | 'diverged' | 'failed';

/** Where a trial stands. */
export interface TrialState {
  readonly trial: Trial;
  readonly status: TrialStatus;
  readonly result: TrialResult | null;
  /** Why it was not trained further; undefined while it is, or at its level. */
  readonly why?: string;
  /** The ids of its runs, one per rung, in order. */
  readonly runs: readonly string[];
}
