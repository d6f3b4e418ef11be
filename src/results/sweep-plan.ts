import { z } from 'zod';
import { dataError, messageOf } from '../base/errors.ts';
import { readText } from '../base/files/read-file.ts';
import { levelSchema } from '../config/level.ts';
import type { RunConfig } from '../config/run.ts';
import { earlyStopSchema } from '../config/sweep.ts';
import { describeIssue, parseJson } from './read.ts';

/** The name of a file or folder, which cannot be a path to another folder. */
/** The names of sweeps and runs, which are also names of files. */
export const PLAIN_NAME = /^[\w+=@,][\w.+=@,-]*$/;
const fileName = z.string().regex(PLAIN_NAME, 'expected a plain file name');

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
  /** The id of the anchor, the run with the final accuracy that becomes the level; its own id for the anchor itself. */
  anchor: fileName.nullable(),
  /** The run in this folder that it continues from its last checkpoint: one with the same config but a smaller budget. */
  continues: fileName.optional(),
  /**
   * The config for `train`, which checks it. The level's value is added when it is known; the anchor's config has no level.
   */
  config: z.custom<RunConfig>(hasNetworkName, 'expected a run config'),
});

/** One run of a sweep. All fields are fixed, except the value of a level that its anchor has not reached yet. */
export type PlannedRun = Readonly<z.infer<typeof plannedRunSchema>>;

function anchorsAreRuns(runs: readonly PlannedRun[]): boolean {
  const ids = new Set(runs.map(({ id }) => id));
  return runs.every(({ anchor }) => anchor === null || ids.has(anchor));
}

const planSchema = z.looseObject({
  version: z.literal(1),
  name: fileName,
  question: z.string(),
  /** Anchors come before the runs that wait for them. */
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
  /** The options of each executor by its name. In the file, they are keys beside the others. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The text of a plan's file. */
export const planText = ({ options, ...plan }: SweepPlan): string => `${JSON.stringify({ ...plan, ...options })}\n`;

/** @throws UserError exit code 65 with the problem and its path. */
function parsePlan(text: string): SweepPlan {
  const parsed = planSchema.safeParse(parseJson(text));
  if (!parsed.success) throw dataError(`not a sweep plan of version 1: ${describeIssue(parsed.error)}`);
  const { version, name, question, runs, earlyStop, retries, backoffSeconds, ...options } = parsed.data;
  return { version, name, question, runs, earlyStop, retries, backoffSeconds, options };
}

/** Reads a sweep's plan. @throws UserError exit code 65 with the file's name, if it is damaged or cannot be read. */
export function readPlan(file: string): SweepPlan {
  try {
    return parsePlan(readText(file));
  } catch (error) {
    const message = messageOf(error);
    throw dataError(message.includes(file) ? message : `${file}: ${message}`, error);
  }
}
