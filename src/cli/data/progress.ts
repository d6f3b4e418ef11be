import { availableParallelism } from 'node:os';
import { ExitCode, UserError } from '../../base/errors.ts';
import { formatDuration, formatPercent } from '../../base/text/format.ts';
import { ProgressDisplay, progressLine } from '../../base/text/progress-line.ts';
import { workerLimitProblem } from '../../data/loader/workers.ts';

/** The same limit as for `execution.workers` of a run config. */
const MAX_WORKERS = 256;

/** The number of decoding threads; default: one per core. @throws UserError exit code 64 if `requested` is out of range. */
export function workerCount(requested: number | undefined): number {
  if (requested === undefined) return Math.min(MAX_WORKERS, availableParallelism());
  const problem =
    Number.isInteger(requested) && requested >= 1 && requested <= MAX_WORKERS
      ? workerLimitProblem(requested)
      : `expected a whole number from 1 to ${MAX_WORKERS}`;
  if (problem === undefined) return requested;
  throw new UserError(`--workers is ${requested}, ${problem}`, ExitCode.usage);
}

/** Shows how many items are done. */
export interface ItemProgress {
  readonly update: (done: number, total: number) => void;
  readonly stop: () => void;
}

/** One line for every tenth of the items, for a pipe or a log. */
function tenthLines(what: string): ItemProgress {
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

const DRAW_MS = 100;

function itemBar(what: string): ItemProgress {
  const display = new ProgressDisplay(process.stderr);
  const startedAt = performance.now();
  let drawnAt = -Infinity;
  return {
    update: (done, total) => {
      const now = performance.now();
      if (now - drawnAt < DRAW_MS && done < total) return;
      drawnAt = now;
      const etaSeconds = done === 0 ? null : (((now - startedAt) / 1000) * (total - done)) / done;
      const fraction = total > 0 ? done / total : 1;
      const parts = [
        { text: what, rank: 0 },
        { text: formatPercent(fraction), rank: 1 },
        { text: `${done}/${total}`, rank: 3 },
        { text: `ETA ${formatDuration(etaSeconds)}`, rank: 2 },
      ];
      display.draw((columns) => progressLine(fraction, parts, columns));
    },
    stop: () => {
      display.clear();
    },
  };
}

/** Shows a progress bar on stderr, or a line for every tenth of the items if stderr is not a terminal. */
export const showItemProgress = (what: string): ItemProgress =>
  process.stderr.isTTY ? itemBar(what) : tenthLines(what);
