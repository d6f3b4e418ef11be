import type { z } from 'zod';

/** Where a run stands, as a schedule sees it. */
export interface Clock {
  /** Epochs since the schedule began, and all that it has. */
  readonly time: number;
  readonly total: number;
  /** The same in changes of the rate, from 0 to `ticks` - 1: one a step, or one an epoch where the recipe says so. */
  readonly tick: number;
  readonly ticks: number;
}

/** A schedule as a file of schedules/ defines it; the schema's `name` is what a recipe calls it. */
export interface ScheduleDefinition<Schema extends z.ZodObject> {
  readonly schema: Schema;
  /** The factor on the learning rate. */
  readonly factor: (config: z.output<Schema>, clock: Clock) => number;
  /** Whether it starts with a warm-up of its own, so that a recipe may not ask for another. */
  readonly warmsUp?: boolean;
  /** Whether a longer run has the same rates up to the end of a shorter one. */
  readonly ignoresLength?: boolean;
}

export const defineSchedule = <Schema extends z.ZodObject>(
  definition: ScheduleDefinition<Schema>,
): ScheduleDefinition<Schema> => definition;

/** Part of the whole that has passed, at most 1. */
export const partOf = ({ time, total }: Clock): number => Math.min(1, time / total);

/** From `from` to `to` along half a cosine, `part` in [0, 1]. */
export const alongCosine = (from: number, to: number, part: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part));
