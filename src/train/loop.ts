import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { BatchStream, Dataset, TrainingBatch } from '../data/batch.ts';
import type { FlopsLimit } from '../results/flops-limit.ts';
import type { CurvePoint } from '../results/measurement.ts';
import type { Checkpoint } from './files/checkpoint.ts';
import type { Checkpoints } from './files/checkpoints.ts';
import { findSpentLimit } from './early-stop.ts';
import type { Engine } from '../engine/engine.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { Diverged, Stopped } from './failures/failure.ts';
import type { DeviceWatch } from './accounting/device-watch.ts';
import type { Ledger } from './accounting/ledger.ts';
import type { StepMarkFile } from './files/step-mark.ts';
import { peakMemoryBytes } from './accounting/memory.ts';
import { nonFiniteWeights } from '../engine/non-finite.ts';
import {
  checkpointScore,
  findEndReason,
  isBudgetSpent,
  isEvaluationDue,
  type RunPlan,
  type Status,
  type Usage,
} from './plan.ts';
import type { RunLog } from './watch/run-log.ts';
import type { RunState } from './files/run-state.ts';
import { learningRateAt } from './schedule.ts';
import { NextStep, type Staged, stageStep } from './next-step.ts';
import { trainingStream } from './staged-stream.ts';
import { keepsAverage } from '../recipe/active.ts';
import type { StopRequest } from './failures/signals.ts';
import { monotonicClock } from './accounting/stopwatch.ts';

/** The default time between two checkpoints. */
const CHECKPOINT_SECONDS = 60;
/** The time between two checkpoints is longer if writing them would take more than this fraction of the time. */
const MAX_CHECKPOINT_FRACTION = 1 / 400;

export interface LoopParts {
  readonly folder: string;
  /** The file into which a sweep writes a limit for this run. */
  readonly budgetFile: string;
  readonly plan: RunPlan;
  readonly configHash: string;
  readonly engine: Engine;
  readonly images: Dataset;
  readonly ledger: Ledger;
  readonly mark: StepMarkFile;
  readonly checkpoints: Checkpoints;
  readonly runLog: RunLog;
  readonly stop: StopRequest;
  readonly device: Pick<DeviceWatch, 'takeEnergy' | 'takeGpu'>;
}

/** Executes the remaining steps, evaluations and checkpoints of a run, in order. */
export class TrainingLoop {
  readonly #parts: LoopParts;
  readonly #state: Omit<RunState, 'ledger'>;
  #lastCheckpoint = monotonicClock();
  #checkpointCost = 0;
  #savedStep: number;
  #earlyStop: FlopsLimit | undefined;
  #next: NextStep | undefined;
  /** The last finished step while its mark and log are not written yet. */
  #unrecorded: { readonly loss: number | undefined; readonly learningRate: number } | undefined;
  readonly #hasBudget: boolean;
  /** Whether the loss of the last step was read. If so, it was finite. */
  #isLossRead = true;

  constructor(parts: LoopParts, state: RunState) {
    this.#parts = parts;
    this.#state = structuredClone(state);
    this.#savedStep = parts.ledger.steps;
    this.#hasBudget = Object.keys(parts.plan.config.budget).length > 0;
  }

  get curve(): readonly CurvePoint[] {
    return this.#state.curve;
  }

  /** The limit that stopped this run early; undefined if none did. */
  get earlyStop(): FlopsLimit | undefined {
    return this.#earlyStop;
  }

  /**
   * Trains to the end of the run and returns why it ended.
   * @throws Stopped after a signal, Diverged if a loss or a weight is not finite.
   */
  async run(): Promise<Status> {
    const { plan, images, ledger, stop, folder, engine } = this.#parts;
    const stream = trainingStream(images, plan, ledger.steps, ({ step, index, input }) => {
      this.#parts.runLog.note(`step ${step}: stage ${index} trains on images of ${input} pixels`);
    });
    try {
      // Node delivers a signal that arrived while the graph was built in the second turn of the event loop.
      await yieldToEvents();
      for (;;) {
        // A step that runs on this thread blocks it. So signals are delivered only between steps.
        if (!engine.stageStep) await yieldToEvents();
        if (this.#mustPause()) {
          this.#recordStep();
          const endReason = await this.#evaluateIfDue();
          if (endReason) return endReason;
          if (stop.signal !== undefined) {
            this.save(false);
            throw new Stopped(stop.signal, ledger.steps, folder);
          }
          if (this.#checkpointDue()) this.save(false);
        }
        await this.#step(stream);
      }
    } finally {
      await stream.close();
    }
  }

  /** Whether anything but the next step may be due: a cheap check, because between short steps every microsecond counts. */
  #mustPause(): boolean {
    const { plan, ledger, stop } = this.#parts;
    const { steps } = ledger;
    if (stop.signal !== undefined || this.#state.evaluatedAt === steps || isEvaluationDue(plan, steps)) return true;
    return this.#checkpointDue() || (this.#hasBudget && isBudgetSpent(plan, this.#usage()));
  }

  async #step(stream: BatchStream<TrainingBatch>): Promise<void> {
    const { ledger, stop, engine } = this.#parts;
    const next = this.#next ?? this.#stage(stream, ledger.steps);
    this.#next = undefined;
    const staged = next.ready ?? (await this.#waitFor(next));
    if (staged === undefined) {
      if (stop.signal !== undefined) return;
      throw new RangeError('the stream of training images ended before the last step');
    }
    const loss = await ledger.step(() => this.#execute(staged, stream));
    this.#unrecorded = { loss, learningRate: staged.learningRate };
    if (!engine.stageStep) this.#recordStep();
    if (loss === undefined) return;
    if (!Number.isFinite(loss)) {
      this.#recordStep();
      throw new Diverged(loss, 'training', ledger.steps - 1);
    }
    this.#state.losses.sum += loss;
    this.#state.losses.count += 1;
  }

  #stage(stream: BatchStream<TrainingBatch>, step: number): NextStep {
    const { engine, plan } = this.#parts;
    return new NextStep(stageStep({ engine, plan, stream }, step));
  }

  /** Waits for the images of the next step; undefined if a signal arrives or the stream has ended. */
  #waitFor(next: NextStep): Promise<Staged | undefined> {
    const { ledger, stop } = this.#parts;
    this.#recordStep();
    return ledger.measureAsync('inputWait', () => stop.unlessStopped(next.promise));
  }

  /** Executes a step. If it runs on another thread, meanwhile the previous step is recorded and the next batch is prepared. */
  #execute({ execute }: Staged, stream: BatchStream<TrainingBatch>): Promise<number | undefined> | number {
    const { engine, ledger, plan } = this.#parts;
    if (!engine.stageStep) return execute();
    try {
      const running = Promise.resolve(execute());
      // The error is reported where the promise is awaited.
      running.catch(() => undefined);
      return running;
    } finally {
      this.#recordStep();
      if (ledger.steps + 1 < plan.steps) this.#next = this.#stage(stream, ledger.steps + 1);
    }
  }

  /**
   * Writes the mark and the log of the last finished step, unless they are written already. Called at the latest right after the
   * start of the next step, and before anything that may take time.
   */
  #recordStep(): void {
    if (!this.#unrecorded) return;
    const { ledger, mark, runLog } = this.#parts;
    const { loss, learningRate } = this.#unrecorded;
    this.#unrecorded = undefined;
    mark.write({ step: ledger.steps, seconds: ledger.totalSeconds, wasted: ledger.wasted });
    this.#isLossRead = loss !== undefined;
    runLog.step(ledger.steps, loss, learningRate);
  }

  #usage(): Usage {
    const { steps, examples, flops } = this.#parts.ledger.compute;
    return { steps, examples, flops, seconds: this.#parts.ledger.totalSeconds };
  }

  /** Evaluates if an evaluation is due or the budget is used up. Returns the status if the run ends here; undefined if it continues. */
  async #evaluateIfDue(): Promise<Status | undefined> {
    const { plan, stop, runLog } = this.#parts;
    const usage = this.#usage();
    const due = isEvaluationDue(plan, usage.steps) || isBudgetSpent(plan, usage);
    if (due && this.#state.evaluatedAt < usage.steps) {
      runLog.enter('evaluating');
      const done = await this.#evaluate();
      runLog.enter('training');
      // A signal has interrupted the evaluation. The resumed run repeats it.
      if (!done && stop.signal !== undefined) return undefined;
    }
    if (this.#state.evaluatedAt !== usage.steps || usage.steps === 0) return undefined;
    return findEndReason(plan, this.#state.curve, usage) ?? this.#checkSweepLimit();
  }

  #checkSweepLimit(): Status | undefined {
    const { plan, budgetFile, runLog } = this.#parts;
    this.#earlyStop = findSpentLimit(budgetFile, plan, this.#state.curve, (message) => {
      runLog.warn(message);
    });
    return this.#earlyStop && 'stoppedEarly';
  }

  /** Evaluates and adds a point to the learning curve. Returns false if a signal interrupted it. @throws Diverged. */
  async #evaluate(): Promise<boolean> {
    const { engine, images, ledger, plan, stop } = this.#parts;
    const { recipe } = plan.config;
    const options = {
      batch: recipe.batch / recipe.gradientAccumulation,
      averaged: keepsAverage(recipe),
      interrupted: async () => {
        await yieldToEvents();
        return stop.signal !== undefined;
      },
    };
    const result = await ledger.measureAsync('evaluation', () => evaluate(engine, images, options));
    if (!result) return false;
    ledger.addEvaluated(result.passes);
    if (!Number.isFinite(result.trained.loss)) throw new Diverged(result.trained.loss, 'validation', ledger.steps);
    const tensors = ledger.measure('checkpointing', () => engine.readState());
    // The loss may be finite although weights are NaN: oneDNN's fused ReLU is a maximum, which turns NaN into 0.
    if (nonFiniteWeights(tensors)) throw new Diverged(result.trained.loss, 'weights', ledger.steps);
    this.#addPoint(result, tensors);
    return true;
  }

  #addPoint({ trained, averaged }: Evaluation, tensors: Checkpoint['tensors']): void {
    const { ledger, plan, runLog } = this.#parts;
    const { losses } = this.#state;
    const point: CurvePoint = {
      ...ledger.compute,
      learningRate: learningRateAt(
        { recipe: plan.config.recipe, trainExamples: plan.trainExamples },
        Math.max(0, ledger.steps - 1),
      ),
      trainingLoss: losses.count > 0 ? losses.sum / losses.count : null,
      ...trained,
      ...(averaged && Number.isFinite(averaged.loss) ? { averaged } : {}),
    };
    this.#state.curve.push(point);
    this.#state.losses = { sum: 0, count: 0 };
    this.#state.evaluatedAt = ledger.steps;
    const score = checkpointScore(plan, point);
    const isBest = this.#state.best === null || score > this.#state.best;
    if (isBest) this.#state.best = score;
    this.save(isBest, tensors);
    runLog.evaluated(point, this.#state.curve);
  }

  #checkpointDue(): boolean {
    const { execution } = this.#parts.plan.config;
    const wait =
      execution.checkpointEverySeconds ?? Math.max(CHECKPOINT_SECONDS, this.#checkpointCost / MAX_CHECKPOINT_FRACTION);
    return this.#parts.ledger.steps > this.#savedStep && monotonicClock() - this.#lastCheckpoint >= wait;
  }

  /**
   * Writes a checkpoint of the current step. `tensors`: the engine's state, if it has been read already.
   * @throws UserError exit code 73 or 74; Diverged if the last loss was not read and a weight is not finite. In both cases, earlier
   * checkpoints are kept.
   */
  save(isBest: boolean, tensors?: Checkpoint['tensors']): void {
    const { ledger, engine, checkpoints, configHash, runLog, mark, device } = this.#parts;
    const start = monotonicClock();
    ledger.recordPeakMemory(peakMemoryBytes());
    const joules = device.takeEnergy();
    if (joules !== undefined) ledger.addEnergy(joules);
    const gpu = device.takeGpu();
    if (gpu !== undefined) ledger.addGpu(gpu);
    const file = ledger.measure('checkpointing', () => {
      const current = tensors ?? engine.readState();
      if (!this.#isLossRead && nonFiniteWeights(current)) throw new Diverged(Number.NaN, 'weights', ledger.steps);
      const state = { ...this.#state, ledger: ledger.state };
      return checkpoints.save({ configHash, state, tensors: current }, isBest);
    });
    mark.sync();
    this.#savedStep = ledger.steps;
    this.#lastCheckpoint = monotonicClock();
    this.#checkpointCost = this.#lastCheckpoint - start;
    runLog.events.log.debug({ file, step: ledger.steps }, 'checkpoint');
  }
}
