import { z } from 'zod';

/** A count or a duration. The maximum is far above that of any run and keeps all totals finite. */
export const count = z.number().nonnegative().max(1e15);

export const wastedSchema = z.strictObject({
  steps: count,
  seconds: count,
  /** The steps of each stage, where the image size changes. */
  byStage: z.array(count).optional(),
});
export type WastedWork = z.infer<typeof wastedSchema>;

const withStages = ({ steps, seconds }: WastedWork, byStage: number[] | undefined): WastedWork => ({
  steps,
  seconds,
  ...(byStage && { byStage }),
});

/** Combines the steps of each stage; a missing list is all zero. */
function combined(a: WastedWork, b: WastedWork, combine: (x: number, y: number) => number): number[] | undefined {
  const longer = (a.byStage?.length ?? 0) >= (b.byStage?.length ?? 0) ? a.byStage : b.byStage;
  return longer?.map((_, stage) => combine(a.byStage?.[stage] ?? 0, b.byStage?.[stage] ?? 0));
}

export const addWork = (a: WastedWork, b: WastedWork): WastedWork =>
  withStages(
    { steps: a.steps + b.steps, seconds: a.seconds + b.seconds },
    combined(a, b, (x, y) => x + y),
  );

/** What `later` has more than `earlier`; nothing is negative. */
export const workSince = (later: WastedWork, earlier: WastedWork): WastedWork => {
  const beyond = (x: number, y: number): number => Math.max(0, x - y);
  return withStages(
    { steps: beyond(later.steps, earlier.steps), seconds: beyond(later.seconds, earlier.seconds) },
    combined(later, earlier, beyond),
  );
};
