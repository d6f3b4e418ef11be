import type { FixedLevel } from '../../src/config/level.ts';
import type { MeasurementBody } from '../../src/results/measurement.ts';

/** Options of a generated run; all have defaults. Accuracies are fractions of 1. */
export interface MeasurementOptions {
  readonly network?: string;
  readonly id?: string;
  readonly published?: string;
  readonly seed?: number;
  readonly parameters?: number;
  readonly forwardMacs?: number;
  /** The length of the schedule; the run trains to its end unless `stopAtLevel`. */
  readonly epochs?: number;
  /** The approximate epoch at which top-5 reaches `level.value`. */
  readonly epochsToLevel?: number;
  /** The limit of top-5 after very long training. */
  readonly ceiling?: number;
  /** Approximate standard deviation of the noise on an accuracy. */
  readonly noise?: number;
  readonly level?: FixedLevel | null;
  readonly stopAtLevel?: boolean;
  readonly status?: MeasurementBody['status'];
  /** The early stop of a run that its sweep has stopped; then its status is stoppedEarly. */
  readonly earlyStop?: MeasurementBody['earlyStop'];
  readonly trainExamples?: number;
  readonly validationExamples?: number;
  readonly classes?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly schedule?: 'step' | 'exponential';
  /** With a GPU there are energy and cost; without, both are null. */
  readonly gpu?: boolean;
  readonly dataName?: string;
}

export const alexNetLevel: FixedLevel = {
  metric: 'top5',
  value: 0.791,
  rule: { strict: false, roundToPoints: 0.1, evaluationsInARow: 1 },
};
