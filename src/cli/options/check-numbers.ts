import { ExitCode, UserError } from '../../base/errors.ts';

/** The largest number of runs at the same time. */
const MAX_RUN_WORKERS = 1024;

/** @throws UserError exit code 64 if the value is not a whole number from 1 to `max`. */
export function checkWholeNumber(option: string, given: number | string, max = Number.POSITIVE_INFINITY): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  // yargs turns a word into NaN.
  const text = Number.isNaN(given) ? 'not a number' : given;
  const range = max === Number.POSITIVE_INFINITY ? 'above 0' : `from 1 to ${max}`;
  throw new UserError(`${option} is ${text}, expected a whole number ${range}`, ExitCode.usage);
}

/** Checks `--workers`, the number of runs at the same time. @throws UserError exit code 64. */
export function checkRunWorkers(workers: number | undefined): void {
  if (workers !== undefined) checkWholeNumber('--workers', workers, MAX_RUN_WORKERS);
}

const MAX_SEED = 2 ** 31 - 1;

/** @throws UserError exit code 64 if a seed is not a whole number from 0 to 2^31 - 1. */
export function checkSeed(option: string, seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED) return seed;
  const text = Number.isNaN(seed) ? 'not a number' : seed;
  throw new UserError(`${option} is ${text}, expected a whole number from 0 to ${MAX_SEED}`, ExitCode.usage);
}
