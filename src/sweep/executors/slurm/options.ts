import { z } from 'zod';

/** Text that stays on its line of the batch file. A number is refused: YAML has read it already, and `010` is 10 by now. */
const line = z
  .string({
    error: ({ input }) =>
      typeof input === 'number' ? `expected text, got the number ${input}: write it in quotes, "${input}"` : undefined,
  })
  .regex(/^[^\p{Cc}]+$/u, 'expected text without line breaks or control characters');

/** Minutes or megabytes mean the same as a number and as text. */
const count = z.int().positive().transform(String);

const time = z
  .string()
  .regex(
    /^(\d+|\d+:\d+|\d+:\d+:\d+|\d+-\d+(:\d+){0,2})$/,
    'expected minutes, minutes:seconds, hours:minutes:seconds or days-hours[:minutes[:seconds]]',
  );

/** How jobs are asked for; everything else of sbatch goes into `extraLines`. */
export const slurmOptions = z.strictObject({
  partition: line.optional(),
  account: line.optional(),
  /** Slurm's own form: minutes, minutes:seconds, hours:minutes:seconds, days-hours. */
  time: z.union([time, count]).optional(),
  gres: line.optional(),
  cpusPerTask: z.int().positive().optional(),
  /** Megabytes, or a number with a unit: `64G`. */
  memory: z.union([line, count]).optional(),
  /** At most this many runs at once. */
  maxRunning: z.int().positive().optional(),
  /** Seconds before the time limit at which a run is told to checkpoint and return to the queue. */
  warnSeconds: z.int().min(1).max(65535).default(120),
  /** Whole lines as they stand after the others: `#SBATCH --constraint=a100`. */
  extraLines: z
    .array(z.string().regex(/^#SBATCH [^\p{Cc}]*$/u, 'expected one line that begins with "#SBATCH "'))
    .default([]),
  /** Shell lines before the run: `module load cuda`. */
  setup: z
    .array(z.string().regex(/^(?:[^\p{Cc}]|[\n\t])*$/u, 'expected shell lines without control characters'))
    .default([]),
});
export type SlurmOptions = z.infer<typeof slurmOptions>;
