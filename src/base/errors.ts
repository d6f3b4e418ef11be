import { explainErrors, nameErrors } from './system/errno.ts';
import { printableLine } from './text/printable.ts';

/** Exit codes as in BSD sysexits(3); docs/exit-codes.md lists them. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 64,
  data: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  cannotCreate: 73,
  io: 74,
  tryAgain: 75,
  noPermission: 77,
  config: 78,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * An error whose message is for the user: one line with what is wrong, its value, what was expected
 * and how to fix it. The command line prints it without a stack trace and exits with `exitCode`.
 */
export class UserError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}

/** An error about a config: exit code 78. */
export const configError = (message: string, cause?: unknown): UserError =>
  new UserError(message, ExitCode.config, { cause });

/** An error about data, a checkpoint or a result: exit code 65. */
export const dataError = (message: string, cause?: unknown): UserError =>
  new UserError(message, ExitCode.data, { cause });

/** Joins the lines of a text with spaces. */
export const joinLines = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').trim();

/**
 * The message of anything that was thrown, in one line. In a UserError, a line break comes from a name or a value, so it is shown as
 * `\n`. The lines of other messages are joined.
 */
export function messageOf(error: unknown): string {
  if (error instanceof UserError) return explainErrors(printableLine(error.message.trim()));
  const text = error instanceof Error ? error.message : String(error);
  return explainErrors(joinLines(text));
}

/** The error code of a failed system call (ENOENT, ENOSPC, ...); undefined for other errors. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? nameErrors(error.code) : undefined;
}
