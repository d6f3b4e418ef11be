import { ExitCode, UserError } from '../../../base/errors.ts';

/** What `sbatch --parsable` prints about a submitted array. */
export interface SubmittedArray {
  readonly number: string;
  /** The cluster, if it is not the one of this machine. */
  readonly cluster?: string;
}

/** The end of a text, in one line. */
function shorten(text: string): string {
  const line = text
    .trim()
    .split(/\s*\n\s*/)
    .join('; ');
  return line.length > 200 ? `...${line.slice(-200)}` : line;
}

/**
 * Finds the number in what `sbatch --parsable` prints: `123`, or `123;cluster` with several clusters. A site may print other lines
 * before it. @throws UserError 69 with the output if it has no such line.
 */
export function parseSubmission(output: string): SubmittedArray {
  const lines = output.split('\n').map((line) => line.trim());
  const line = lines.findLast((candidate) => /^\d+(;\S+)?$/.test(candidate));
  if (line === undefined)
    throw new UserError(
      `sbatch printed "${shorten(output)}", expected a line such as 123: make sbatch of this site print the job's number alone in a line, and cancel the job that it may have submitted (squeue --me shows it)`,
      ExitCode.unavailable,
    );
  const [number, cluster] = line.split(';') as [string, string?];
  return { number, ...(cluster !== undefined && { cluster }) };
}
