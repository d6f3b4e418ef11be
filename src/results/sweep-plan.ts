import { z } from 'zod';
import { dataError, messageOf } from '../base/errors.ts';
import { readText } from '../base/read-file.ts';
import { levelSchema } from '../config/level.ts';
import type { RunConfig } from '../config/run.ts';
import { earlyStopSchema } from '../config/sweep.ts';

/** The name of a file or folder, never a path out of the folder. */
const fileName = z.string().regex(/^[\w+=@,][\w.+=@,-]*$/, 'expected a plain file name');

const hasNetworkName = (value: unknown): boolean =>
  typeof (value as { network?: { name?: unknown } } | null)?.network?.name === 'string';

const plannedRunSchema = z.object({
  /** `alexnet-s0-1a2b3c4d`: name, seed and a hash of the config; another config is another run. */
  id: fileName,
  name: z.string(),
  network: z.string(),
  /** YYYY-MM-DD */
  published: z.string(),
  seed: z.int(),
  level: levelSchema.nullable(),
  /** The id of the run that sets the level by its final result; its own id for that run. */
  anchor: fileName.nullable(),
  /** The run of this folder whose last checkpoint it starts from: one with the same config but a smaller budget. */
  continues: fileName.optional(),
  /** The config for `train`, which checks it. The level's value is added once it is known; an anchor has no level. */
  config: z.custom<RunConfig>(hasNetworkName, 'expected a run config'),
});

/** One run of a sweep. All is fixed except the value of a level that its anchor has not set yet. */
export type PlannedRun = Readonly<z.infer<typeof plannedRunSchema>>;

function anchorsAreRuns(runs: readonly PlannedRun[]): boolean {
  const ids = new Set(runs.map(({ id }) => id));
  return runs.every(({ anchor }) => anchor === null || ids.has(anchor));
}

const planSchema = z.looseObject({
  version: z.literal(1),
  name: fileName,
  question: z.string(),
  /** Anchors stand before the runs that wait for them. */
  runs: z.array(plannedRunSchema).refine(anchorsAreRuns, 'has an anchor that is not a run of the plan'),
  earlyStop: earlyStopSchema.nullable().default(null),
  retries: z.int().min(0),
  backoffSeconds: z.number().min(0),
});

/** The plan of a sweep: `sweeps/NAME.json` in its folder. */
export interface SweepPlan extends Readonly<
  Pick<z.infer<typeof planSchema>, 'version' | 'name' | 'question' | 'earlyStop' | 'retries' | 'backoffSeconds'>
> {
  readonly runs: readonly PlannedRun[];
  /** The options of each executor, by its name; in the file they are keys beside the others. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The text of a plan's file. */
export const planText = ({ options, ...plan }: SweepPlan): string => `${JSON.stringify({ ...plan, ...options })}\n`;

/** @throws UserError 65 with the problem and its path. */
function parsePlan(text: string): SweepPlan {
  const parsed = planSchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw dataError(`not a sweep plan of version 1: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { version, name, question, runs, earlyStop, retries, backoffSeconds, ...options } = parsed.data;
  return { version, name, question, runs, earlyStop, retries, backoffSeconds, options };
}

/** Reads a sweep's plan. @throws UserError 65 naming the file where it is damaged or cannot be read. */
export function readPlan(file: string): SweepPlan {
  try {
    return parsePlan(readText(file));
  } catch (error) {
    const message = messageOf(error);
    throw dataError(message.includes(file) ? message : `${file}: ${message}`, error);
  }
}
