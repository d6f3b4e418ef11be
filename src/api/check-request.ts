import { z } from 'zod';
import { ExitCode, UserError } from '../base/errors.ts';
import { explainIssue, joinKey, mostRelevantIssue } from '../config/explain.ts';

/** The path of a file, or the name of something shipped. */
export const pathSchema = z.string().min(1);

/**
 * Checks what a script passes to a function of the API, whose types JavaScript does not check.
 * @throws UserError with one line: the function, the key, its value and what was expected; exit code 64 by default.
 */
export function checkRequest(
  name: string,
  schema: z.ZodType,
  request: unknown,
  exitCode: ExitCode = ExitCode.usage,
): void {
  const result = schema.safeParse(request, { error: explainIssue, reportInput: true });
  if (result.success) return;
  const issue = mostRelevantIssue(result.error.issues)!;
  throw new UserError(`${name}: ${joinKey(issue.path, issue.message)}`, exitCode);
}
