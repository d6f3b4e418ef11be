import { availableParallelism } from 'node:os';
import cliProgress from 'cli-progress';
import { ExitCode, UserError } from '../base/errors.ts';
import { exactly } from '../base/printable.ts';
import { workerLimitProblem } from '../data/loader/workers.ts';

/** More threads than any machine needs; the same as in a run's `execution`. */
const MAX_WORKERS = 256;

/** As many threads as cores, unless told otherwise. @throws UserError exit code 64 where that is no number of threads. */
export function workerCount(asked: number | undefined): number {
  if (asked === undefined) return Math.min(MAX_WORKERS, availableParallelism());
  const fault =
    Number.isInteger(asked) && asked >= 1 && asked <= MAX_WORKERS
      ? workerLimitProblem(asked)
      : `expected a whole number from 1 to ${MAX_WORKERS}`;
  if (fault === undefined) return asked;
  throw new UserError(`--workers is ${asked}, ${fault}`, ExitCode.usage);
}

/** A progress bar on stderr; where that is no terminal, a line every tenth of the way. */
export function progressBar(what: string): {
  update: (done: number, total: number) => void;
  stop: () => void;
} {
  if (!process.stderr.isTTY) {
    let tenths = 0;
    return {
      update: (done, total) => {
        const reached = Math.floor((10 * done) / total);
        if (reached > tenths) process.stderr.write(`${what}: ${done} of ${total}\n`);
        tenths = Math.max(tenths, reached);
      },
      stop: () => undefined,
    };
  }
  const format = `${what} {bar} {percentage}% {value}/{total} {eta_formatted} left`;
  const bar = new cliProgress.SingleBar({
    format,
    stream: exactly(process.stderr),
    // It would take the first signal for itself, and the work would go on.
    gracefulExit: false,
  });
  let started = false;
  return {
    update: (done, total) => {
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** A number of bytes as people read it. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]!}`;
}
