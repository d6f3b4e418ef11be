import { availableParallelism } from 'node:os';
import { formatPercent } from '../../base/format.ts';
import type { RunConfig } from '../../config/run.ts';
import { MAX_WAIT_FRACTION } from '../../results/progress-text.ts';
import type { Seconds } from '../accounting/stopwatch.ts';

/** The first seconds are left out: the workers start, and the first batches are prepared. */
const START_SECONDS = 5;
/** After so many seconds of steps and waiting the fraction is reliable enough for a warning. */
const MIN_SECONDS = 20;

type StepSeconds = Pick<Seconds, 'training' | 'inputWait'>;
const totalOf = ({ training, inputWait }: StepSeconds): number => training + inputWait;

/** What to do about a run that waits for images. */
function adviceFor({ data, execution }: RunConfig, cores: number): string {
  const { workers = cores } = execution;
  const more =
    workers < cores
      ? `raise execution.workers, which is ${workers}, to the ${cores} cores of this machine`
      : `all ${cores} cores prepare images (execution.workers), so take a machine with more`;
  const pack =
    data.source === 'folder'
      ? '; pack the images in the size that training needs (`doubletime data pack --help`)'
      : '; pack them undecoded or smaller (`doubletime data pack --help`)';
  return `${more}${data.source === 'folder' || data.source === 'pack' ? pack : ''}; keep them on a local disk`;
}

/** Watches how much of a process's time between evaluations is spent waiting for images. */
export class InputWaitWatch {
  readonly #initial: StepSeconds;
  #from: StepSeconds | undefined;
  #warned = false;

  /** `initial`: the seconds of earlier processes of the run. */
  constructor(initial: StepSeconds) {
    this.#initial = initial;
  }

  /** The fraction of the time of steps that was spent waiting; null during the first seconds of the process. */
  fraction(seconds: StepSeconds): number | null {
    if (this.#from === undefined) {
      if (totalOf(seconds) - totalOf(this.#initial) < START_SECONDS) return null;
      this.#from = { training: seconds.training, inputWait: seconds.inputWait };
    }
    const total = totalOf(seconds) - totalOf(this.#from);
    return total > 0 ? (seconds.inputWait - this.#from.inputWait) / total : null;
  }

  /** A warning, once per process, if the run waits too much; else undefined. */
  warning(seconds: StepSeconds, config: RunConfig, cores = availableParallelism()): string | undefined {
    const fraction = this.fraction(seconds);
    if (this.#warned || fraction === null || fraction <= MAX_WAIT_FRACTION) return undefined;
    if (totalOf(seconds) - totalOf(this.#from!) < MIN_SECONDS) return undefined;
    this.#warned = true;
    return `this run waits for images ${formatPercent(fraction)} of its time (more than ${formatPercent(MAX_WAIT_FRACTION)}): ${adviceFor(config, cores)}`;
  }
}
