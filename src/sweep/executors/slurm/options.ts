import { z } from 'zod';

/** Text without line breaks. A number is refused, because its text is lost: YAML reads `010` as 10. */
const line = z
  .string({
    error: ({ input }) =>
      typeof input === 'number' ? `expected text, got the number ${input}: write it in quotes, "${input}"` : undefined,
  })
  .regex(/^[^\p{Cc}]+$/u, 'expected text without line breaks or control characters');

/** A number of minutes or megabytes, converted to text. */
const count = z.int().positive().transform(String);

const time = z
  .string()
  .regex(
    /^(\d+|\d+:\d+|\d+:\d+:\d+|\d+-\d+(:\d+){0,2})$/,
    'expected minutes, minutes:seconds, hours:minutes:seconds or days-hours[:minutes[:seconds]]',
  );

/** Options of the jobs on a Slurm cluster; other options of sbatch go into `extraLines`. */
export const slurmOptions = z.strictObject({
  /**
   * The partition of the jobs.
   * @example gpu
   */
  partition: line.optional(),
  /**
   * The account that is charged.
   * @example my-project
   */
  account: line.optional(),
  /**
   * Time limit of a job, as Slurm writes it: minutes, minutes:seconds, hours:minutes:seconds, days-hours.
   * @example 12:00:00
   */
  time: z.union([time, count]).optional(),
  /**
   * Resources of a job, such as GPUs.
   * @example gpu:1
   */
  gres: line.optional(),
  /**
   * CPU cores of a job.
   * @example 16
   */
  cpusPerTask: z.int().positive().optional(),
  /**
   * Memory of a job: megabytes, or a number with a unit.
   * @example 64G
   */
  memory: z.union([line, count]).optional(),
  /**
   * The maximum number of runs at the same time.
   * @example 8
   */
  maxRunning: z.int().positive().optional(),
  /**
   * How long before the time limit a run writes a checkpoint and returns to the queue.
   * @unit seconds
   */
  warnSeconds: z.int().min(1).max(65535).default(120),
  /** Further lines of the batch file: `#SBATCH --constraint=a100`. */
  extraLines: z
    .array(z.string().regex(/^#SBATCH [^\p{Cc}]*$/u, 'expected one line that begins with "#SBATCH "'))
    .default([]),
  /** Shell lines before the run: `module load cuda`. */
  setup: z
    .array(z.string().regex(/^(?:[^\p{Cc}]|[\n\t])*$/u, 'expected shell lines without control characters'))
    .default([]),
});
export type SlurmOptions = z.infer<typeof slurmOptions>;
