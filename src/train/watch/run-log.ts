import { printableLine } from '../../base/text/printable.ts';
import { hostname } from 'node:os';
import { replaceFile } from '../../base/files/files.ts';
import { accuracyAt } from '../../results/crossing.ts';
import type { CurvePoint } from '../../results/measurement.ts';
import type { Progress } from '../../results/progress.ts';
import { type Events, openEvents } from './events.ts';
import type { Ledger } from '../accounting/ledger.ts';
import type { RunPlan } from '../plan.ts';
import type { Reporter } from './reporter.ts';
import type { RunFolder } from '../files/run-folder.ts';
import { monotonicClock } from '../accounting/stopwatch.ts';
import { InputWaitWatch } from './input-wait.ts';
import { type Scalars, TensorBoardWriter } from './tensorboard.ts';
import { showsScalar } from './tensorboard-reader.ts';

const PROGRESS_FILE_SECONDS = 2;
const LOG_SECONDS = 30;
const INPUT_WAIT_SECONDS = 1;
const TENSORBOARD_STEPS = 10;

type State = Progress['state'];

const evaluationScalars = (point: CurvePoint): Scalars => ({
  'validation/loss': point.loss,
  'validation/top1': point.top1,
  'validation/top5': point.top5,
  'compute/flops': point.flops,
  'compute/paper_teraflop_s_days': point.paperTeraflopSecondDays,
  ...(point.averaged && {
    'averaged/loss': point.averaged.loss,
    'averaged/top1': point.averaged.top1,
    'averaged/top5': point.averaged.top5,
  }),
});

/** The names of a run in its progress file. */
export interface RunName {
  readonly id: string;
  readonly network: string;
}

/** A timer that is due at once, and then again each time `seconds` have passed. */
class Timer {
  readonly #seconds: number;
  #last = -Infinity;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  due(now: number): boolean {
    if (now - this.#last < this.#seconds) return false;
    this.#last = now;
    return true;
  }
}

/**
 * Writes everything that shows a run's progress: log, learning curve, TensorBoard, progress file, terminal. A resumed run does not
 * read these files, except to find out whether TensorBoard's files contain the last evaluation.
 */
export class RunLog {
  readonly events: Events;
  readonly #folder: RunFolder;
  readonly #name: RunName;
  readonly #reporter: Reporter;
  readonly #requireHeld: () => void;
  readonly #timers: { file: Timer; log: Timer; terminal: Timer; wait: Timer };
  #plan: RunPlan | undefined;
  #ledger: Ledger | undefined;
  #tensorBoard: TensorBoardWriter | undefined;
  #gpuMemoryBytes: () => number | null = () => null;
  #inputWait: InputWaitWatch | undefined;
  #loss: number | null = null;
  /** The last step with a loss that was read; a resumed run starts with its checkpoint's step. */
  #lastLossAt = 0;
  #point: CurvePoint | undefined;
  #state: State = 'starting';

  /** `requireHeld` is called before each write into the folder. */
  constructor(folder: RunFolder, name: RunName, reporter: Reporter, logLevel: string, requireHeld: () => void) {
    this.#folder = folder;
    this.#requireHeld = requireHeld;
    this.#name = name;
    this.#reporter = reporter;
    this.events = openEvents(folder.events, logLevel, requireHeld);
    this.#timers = {
      file: new Timer(PROGRESS_FILE_SECONDS),
      log: new Timer(LOG_SECONDS),
      terminal: new Timer(reporter.everySeconds),
      wait: new Timer(INPUT_WAIT_SECONDS),
    };
  }

  /** Called after the checkpoint was read, or found missing. Replaces the file of the learning curve by the curve of the checkpoint. */
  begin(
    plan: RunPlan,
    ledger: Ledger,
    curve: readonly CurvePoint[],
    gpuMemoryBytes: () => number | null = () => null,
  ): void {
    this.#gpuMemoryBytes = gpuMemoryBytes;
    this.#inputWait = new InputWaitWatch(ledger.seconds);
    this.#plan = plan;
    this.#ledger = ledger;
    this.#point = curve.at(-1);
    this.#lastLossAt = ledger.steps;
    this.#openTensorBoard(ledger.steps);
    this.writeCurve(curve);
  }

  /** Opens TensorBoard's file. Adds the last evaluation if a crash after its checkpoint lost it. */
  #openTensorBoard(step: number): void {
    const folder = this.#folder.tensorboard;
    const point = this.#point;
    this.#requireHeld();
    const missing = point?.steps === step && !showsScalar(folder, step, 'validation/loss');
    this.#tensorBoard = new TensorBoardWriter(folder, step);
    if (missing) this.#tensorBoard.scalars(step, evaluationScalars(point));
  }

  writeCurve(curve: readonly CurvePoint[]): void {
    const lines = curve.map((point) => `${JSON.stringify(point)}\n`);
    replaceFile(this.#folder.curve, lines, { check: this.#requireHeld });
  }

  enter(state: State, message?: string): void {
    this.#state = state;
    this.#writeProgress(message);
    this.#reporter.enter(this.progress(message));
  }

  note(message: string): void {
    this.events.log.info(message);
    this.#reporter.note(printableLine(message));
  }
  warn(message: string): void {
    this.events.log.warn(message);
    this.#reporter.note(`warning: ${printableLine(message)}`);
  }

  /** Called after every step; `step` counts from 1. `loss`: undefined if it was not read. */
  step(step: number, loss: number | undefined, learningRate: number): void {
    if (loss !== undefined) this.#recordLoss(step, loss, learningRate);
    this.#tick();
  }

  /** Records a loss. TensorBoard gets the first loss that is read at or after every tenth step. */
  #recordLoss(step: number, loss: number, learningRate: number): void {
    this.#loss = loss;
    const countTens = (steps: number): number => Math.floor(steps / TENSORBOARD_STEPS);
    if (countTens(step) > countTens(this.#lastLossAt))
      this.#scalars(step, {
        'training/loss': loss,
        'training/learning_rate': learningRate,
      });
    this.#lastLossAt = step;
  }

  #scalars(step: number, values: Scalars): void {
    this.#requireHeld();
    this.#tensorBoard?.scalars(step, values);
  }

  /** Writes everything that is due. */
  #tick(): void {
    const now = monotonicClock();
    if (this.#timers.wait.due(now)) this.#warnOfInputWait();
    if (this.#timers.file.due(now)) this.#writeProgress();
    if (this.#timers.log.due(now)) {
      const { step, loss, examples, flops, examplesPerSecond } = this.progress();
      this.events.log.info({ step, loss, examples, flops, examplesPerSecond }, 'training');
    }
    if (this.#timers.terminal.due(now)) this.#reporter.progress(this.progress());
  }

  #warnOfInputWait(): void {
    const [plan, ledger] = [this.#plan, this.#ledger];
    const warning = plan && ledger && this.#inputWait?.warning(ledger.seconds, plan.config);
    if (warning !== undefined) this.warn(warning);
  }

  evaluated(point: CurvePoint, curve: readonly CurvePoint[]): void {
    this.#point = point;
    this.writeCurve(curve);
    this.events.log.info({ point }, 'evaluated');
    this.#scalars(point.steps, evaluationScalars(point));
    this.#reporter.evaluated(point);
  }

  /** The current progress. Before `begin`, all numbers are zero or null. */
  progress(message?: string): Progress {
    const [plan, ledger] = [this.#plan, this.#ledger];
    const compute = ledger?.compute;
    const rate = ledger?.examplesPerSecond ?? 0;
    const level = plan?.level;
    const left = (plan?.steps ?? 0) - (ledger?.steps ?? 0);
    const secondsPerStep = ledger?.steadySecondsPerStep ?? null;
    return {
      version: 1,
      ...this.#name,
      state: this.#state,
      epoch: compute?.epochs ?? 0,
      epochs: plan?.config.recipe.epochs ?? 0,
      step: ledger?.steps ?? 0,
      steps: plan?.steps ?? 0,
      examples: compute?.examples ?? 0,
      macs: compute?.macs ?? 0,
      flops: compute?.flops ?? 0,
      loss: Number.isFinite(this.#loss) ? this.#loss : null,
      top1: this.#point ? accuracyAt(this.#point, 'top1') : null,
      top5: this.#point ? accuracyAt(this.#point, 'top5') : null,
      level: level ? { metric: level.metric, value: level.value } : null,
      examplesPerSecond: rate > 0 ? rate : null,
      etaSeconds: secondsPerStep === null ? null : left * secondsPerStep,
      ...(ledger && { seconds: ledger.totalSeconds }),
      ...this.#deviceProgress(),
      pid: process.pid,
      host: hostname(),
      updatedAt: new Date().toISOString(),
      ...(message === undefined ? {} : { message }),
    };
  }

  /** The wait for images and the GPU's memory; values that are unknown are missing. */
  #deviceProgress(): Pick<Progress, 'inputWaitFraction' | 'gpuMemoryBytes'> {
    const wait = this.#ledger && this.#inputWait?.fraction(this.#ledger.seconds);
    const memory = this.#gpuMemoryBytes();
    return {
      ...(typeof wait === 'number' && { inputWaitFraction: wait }),
      ...(memory !== null && { gpuMemoryBytes: memory }),
    };
  }

  #writeProgress(message?: string): void {
    const text = `${JSON.stringify(this.progress(message))}\n`;
    replaceFile(this.#folder.progress, [text], { durable: false, check: this.#requireHeld });
  }

  close(): void {
    this.#reporter.close();
    this.#tensorBoard?.close();
    this.events.close();
  }
}
