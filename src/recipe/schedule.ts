import type { z } from 'zod';

/** The inputs of a schedule: how far the run has come. */
export interface Clock {
  /** Epochs since the start of the schedule, and its total number of epochs. */
  readonly time: number;
  readonly total: number;
  /** The same in changes of the rate, from 0 to `ticks` - 1: one per step, or one per epoch if the recipe says so. */
  readonly tick: number;
  readonly ticks: number;
}

/** The definition of a schedule in a file of schedules/; the schema's `name` is its name in a recipe. */
export interface ScheduleDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema;
  /** The factor on the learning rate. */
  readonly factor: (config: z.output<Schema>, clock: Clock) => number;
  /** Whether it includes a warm-up, so that a recipe must not set another. */
  readonly warmsUp?: boolean;
  /** The epoch of its last change, from the start of the schedule on, where that is fixed: a run must be longer. */
  readonly lastEpoch?: (config: z.output<Schema>) => number;
  /** Whether the rates do not depend on the length of the run, so that it can be extended. */
  readonly ignoresLength?: boolean;
}

export const defineSchedule = <Schema extends z.ZodObject>(
  definition: ScheduleDefinition<Schema>,
): ScheduleDefinition<Schema> => definition;

/** The fraction of the schedule that has passed, at most 1. */
export const partOf = ({ time, total }: Clock): number => Math.min(1, time / total);

/** Interpolates from `from` to `to` along half a cosine; `part` is in [0, 1]. */
export const alongCosine = (from: number, to: number, part: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));
