import { z } from 'zod';
import { formatCount } from '../../../base/text/format.ts';

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

/** The seconds of a time limit that matches `time`. */
function toSeconds(text: string): number {
  const [rest, days] = text.split('-').reverse() as [string, string?];
  const parts = rest.split(':').map(Number);
  // One part is minutes, two are minutes and seconds. After days, the first part is hours.
  const [hours = 0, minutes = 0, seconds = 0] = days === undefined && parts.length < 3 ? [0, ...parts] : parts;
  return ((Number(days ?? 0) * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** What is wrong with a time limit, to print after its key; undefined if nothing is. A limit of 0 is no limit. */
function timeProblem(text: string | undefined, warnSeconds: number): string | undefined {
  const seconds = text === undefined ? 0 : toSeconds(text);
  if (seconds === 0 || seconds > warnSeconds) return undefined;
  return `is ${text}, which is ${formatCount(seconds, 'second')}, and each job is stopped ${warnSeconds} seconds before its limit (warnSeconds), so no run would get further: raise time, or lower warnSeconds`;
}

/** Options of the jobs on a Slurm cluster; other options of sbatch go into `extraLines`. */
export const slurmOptions = z
  .strictObject({
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
  })
  .superRefine(({ time: limit, warnSeconds }, context) => {
    const message = timeProblem(limit, warnSeconds);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['time'], message, input: limit });
  });
export type SlurmOptions = z.infer<typeof slurmOptions>;
