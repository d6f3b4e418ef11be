import { z } from 'zod';

/** A count or a duration. The maximum is far above the values of any run and keeps all totals finite. */
export const count = z.number().nonnegative().max(1e15);

export const wastedSchema = z.strictObject({
  steps: count,
  seconds: count,
  /** The number of steps of each stage; missing for a run without stages. */
  byStage: z.array(count).optional(),
});
export type WastedWork = z.infer<typeof wastedSchema>;

const withStages = ({ steps, seconds }: WastedWork, byStage: number[] | undefined): WastedWork => ({
  steps,
  seconds,
  ...(byStage && { byStage }),
});

/** Combines the numbers of steps of each stage. A missing list counts as zeros. */
function combineStages(a: WastedWork, b: WastedWork, combine: (x: number, y: number) => number): number[] | undefined {
  const longer = (a.byStage?.length ?? 0) >= (b.byStage?.length ?? 0) ? a.byStage : b.byStage;
  return longer?.map((_, stage) => combine(a.byStage?.[stage] ?? 0, b.byStage?.[stage] ?? 0));
}

/** A copy of its own. The mark of every step contains one, and structuredClone would take much longer. */
export const copyWork = (work: WastedWork): WastedWork => withStages(work, work.byStage?.slice());

export const addWork = (a: WastedWork, b: WastedWork): WastedWork =>
  withStages(
    { steps: a.steps + b.steps, seconds: a.seconds + b.seconds },
    combineStages(a, b, (x, y) => x + y),
  );

/** The work in `later` that is not in `earlier`; no value is negative. */
export const workSince = (later: WastedWork, earlier: WastedWork): WastedWork => {
  const subtract = (x: number, y: number): number => Math.max(0, x - y);
  return withStages(
    { steps: subtract(later.steps, earlier.steps), seconds: subtract(later.seconds, earlier.seconds) },
    combineStages(later, earlier, subtract),
  );
};
