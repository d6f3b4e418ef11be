import { availableParallelism } from 'node:os';
import { formatPercent } from '../../base/format.ts';
import type { RunConfig } from '../../config/run.ts';
import { MAX_WAIT_FRACTION } from '../../results/progress-text.ts';
import type { Seconds } from '../accounting/stopwatch.ts';

/** The first seconds do not count, because the workers start and prepare the first batches. */
const START_SECONDS = 5;
/** The seconds of training and waiting after which the fraction is reliable enough for a warning. */
const MIN_SECONDS = 20;

type StepSeconds = Pick<Seconds, 'training' | 'inputWait'>;
const totalSeconds = ({ training, inputWait }: StepSeconds): number => training + inputWait;

/** How to make a run wait less for images. */
function formatAdvice({ data, execution }: RunConfig, cores: number): string {
  const { workers = cores } = execution;
  const more =
    workers < cores
      ? `raise execution.workers, which is ${workers}, to ${cores}, the number of cores of this machine`
      : `every core prepares images already (execution.workers), so use a machine with more cores`;
  const pack =
    data.source === 'folder'
      ? '; pack the images in the size that training needs (`doubletime data pack --help`)'
      : '; pack the images again, undecoded or smaller (`doubletime data pack --help`)';
  return `${more}${data.source === 'folder' || data.source === 'pack' ? pack : ''}; keep the images on a local disk`;
}

/** Watches which fraction of its training time a process waits for images. */
export class InputWaitWatch {
  readonly #initial: StepSeconds;
  #from: StepSeconds | undefined;
  #warned = false;

  /** `initial`: the seconds of the run's earlier processes. */
  constructor(initial: StepSeconds) {
    this.#initial = initial;
  }

  /** Waiting as a fraction of training and waiting; null during the first seconds of the process. */
  fraction(seconds: StepSeconds): number | null {
    if (this.#from === undefined) {
      if (totalSeconds(seconds) - totalSeconds(this.#initial) < START_SECONDS) return null;
      this.#from = { training: seconds.training, inputWait: seconds.inputWait };
    }
    const total = totalSeconds(seconds) - totalSeconds(this.#from);
    return total > 0 ? (seconds.inputWait - this.#from.inputWait) / total : null;
  }

  /** A warning if the run waits too much, at most once per process; otherwise undefined. */
  warning(seconds: StepSeconds, config: RunConfig, cores = availableParallelism()): string | undefined {
    const fraction = this.fraction(seconds);
    if (this.#warned || fraction === null || fraction <= MAX_WAIT_FRACTION) return undefined;
    if (totalSeconds(seconds) - totalSeconds(this.#from!) < MIN_SECONDS) return undefined;
    this.#warned = true;
    return `this run waits for images ${formatPercent(fraction)} of its time (more than ${formatPercent(MAX_WAIT_FRACTION)}): ${formatAdvice(config, cores)}`;
  }
}
