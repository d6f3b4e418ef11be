import { ExitCode, UserError } from '../../base/errors.ts';

/** The largest number of runs at the same time. */
const MAX_RUN_WORKERS = 1024;

/** @throws UserError exit code 64 if the value is not a whole number from 1 to `max`. */
export function checkWholeNumber(option: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new UserError(`${option} is ${value}, expected a whole number from 1 to ${max}`, ExitCode.usage);
}

/** Checks `--workers`, the number of runs at the same time. @throws UserError exit code 64. */
export function checkRunWorkers(workers: number | undefined): void {
  if (workers !== undefined) checkWholeNumber('--workers', workers, MAX_RUN_WORKERS);
}
