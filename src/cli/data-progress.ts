import { availableParallelism } from 'node:os';
import cliProgress from 'cli-progress';
import { ExitCode, UserError } from '../base/errors.ts';
import { exactly } from '../base/printable.ts';
import { workersFault } from '../data/loader/workers.ts';

/** The same limit as for `execution.workers` of a run config. */
const MAX_WORKERS = 256;

/** The number of decoding threads: one per core by default. @throws UserError exit code 64 for an invalid number. */
export function workerCount(requested: number | undefined): number {
  if (requested === undefined) return Math.min(MAX_WORKERS, availableParallelism());
  const problem =
    Number.isInteger(requested) && requested >= 1 && requested <= MAX_WORKERS
      ? workersFault(requested)
      : `expected a whole number from 1 to ${MAX_WORKERS}`;
  if (problem === undefined) return requested;
  throw new UserError(`--workers is ${requested}, ${problem}`, ExitCode.usage);
}

/** A progress bar on stderr. If stderr is not a terminal, one line per tenth of the work instead. */
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
    // Otherwise the bar would consume the first signal, and the work would continue.
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

/** A number of bytes in a readable unit: `1.5 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]!}`;
}
