import type { z } from 'zod';

/** The progress of the run, which a schedule gets as its input. */
export interface Clock {
  /** Epochs since the start of the schedule. */
  readonly time: number;
  /** Epochs of the whole schedule. */
  readonly total: number;
  /** The number of the current tick, from 0. A tick is a step, or an epoch with `schedulePer: epoch`. */
  readonly tick: number;
  /** The number of all ticks of the run. */
  readonly ticks: number;
}

/** The definition of a schedule, which a file of schedules/ exports. The schema's `name` is its name in a recipe. */
export interface ScheduleDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema;
  /** The factor on the learning rate. */
  readonly factor: (config: z.output<Schema>, clock: Clock) => number;
  /** Whether it includes a warm-up. Then a recipe must not have another warm-up. */
  readonly warmsUp?: boolean;
  /** The epoch of its last change, counted from the start of the schedule, if it is fixed: a run must be longer. */
  readonly lastEpoch?: (config: z.output<Schema>) => number;
  /** Whether the learning rates do not depend on the length of the run. Then a finished run can be extended. */
  readonly ignoresLength?: boolean;
}

export const defineSchedule = <Schema extends z.ZodObject>(
  definition: ScheduleDefinition<Schema>,
): ScheduleDefinition<Schema> => definition;

/** The fraction of the schedule that is over, at most 1. */
export const elapsedFraction = ({ time, total }: Clock): number => Math.min(1, time / total);

/** Interpolates between `from` (at fraction 0) and `to` (at fraction 1) along half a cosine. */
export const interpolateCosine = (from: number, to: number, fraction: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * fraction));
