import type { Metric } from '../../config/level.ts';
import { accuracyAt } from '../../results/crossing.ts';
import type { Crossing, Measurement } from '../../results/measurement.ts';
import type { Settings } from './candidates.ts';

/** One combination of settings of one network. It is trained rung by rung. */
export interface Trial {
  /** From 1, in the order of the settings. */
  readonly number: number;
  readonly settings: Settings;
  /** Epochs of its schedule. */
  readonly epochs: number;
  /** The epochs at which it is compared with trials that have the same schedule; the last is the end of the schedule. */
  readonly rungs: readonly number[];
}

/** The result of a trial up to its last evaluation. Accuracies are fractions of 1. */
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

/** The state of a trial. */
export interface TrialState {
  readonly trial: Trial;
  readonly status: TrialStatus;
  readonly result: TrialResult | null;
  /** Why it was not trained further; undefined while it is trained, or if it reached its level. */
  readonly why?: string;
  /** The ids of its runs, one per rung, in order. */
  readonly runs: readonly string[];
}
