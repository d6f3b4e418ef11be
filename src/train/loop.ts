import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { BatchStream, Dataset, TrainingBatch } from '../data/batch.ts';
import type { FlopsLimit } from '../results/flops-limit.ts';
import type { CurvePoint } from '../results/measurement.ts';
import type { Checkpoint } from './files/checkpoint.ts';
import type { Checkpoints } from './files/checkpoints.ts';
import { findSpentLimit } from './early-stop.ts';
import type { Engine, StepFeeds } from '../engine/engine.ts';
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
import { trainingStream } from './staged-stream.ts';
import { keepsAverage } from '../recipe/active.ts';
import type { StopRequest } from './failures/signals.ts';
import { monotonicClock } from './accounting/stopwatch.ts';

/** The default interval: one minute, or longer if writing a checkpoint would take more than this fraction of the time. */
const CHECKPOINT_SECONDS = 60;
const MAX_CHECKPOINT_FRACTION = 1 / 400;

export interface LoopParts {
  readonly folder: string;
  /** The file in which a sweep writes a limit for this run. */
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

/** Runs the remaining steps, evaluations and checkpoints of a run, in order. */
export class TrainingLoop {
  readonly #parts: LoopParts;
  readonly #state: Omit<RunState, 'ledger'>;
  #lastCheckpoint = monotonicClock();
  #checkpointCost = 0;
  #savedStep: number;
  #earlyStop: FlopsLimit | undefined;

  constructor(parts: LoopParts, state: RunState) {
    this.#parts = parts;
    this.#state = structuredClone(state);
    this.#savedStep = parts.ledger.steps;
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
    const { plan, images, ledger, stop, folder } = this.#parts;
    const stream = trainingStream(images, plan, ledger.steps, ({ step, index, input }) => {
      this.#parts.runLog.note(`step ${step}: stage ${index} trains on images of ${input} pixels`);
    });
    try {
      // A signal that arrived while the graph was built is delivered in the second turn of the event loop.
      await yieldToEvents();
      for (;;) {
        // A step blocks this thread, so signals can be delivered only between steps.
        await yieldToEvents();
        const endReason = await this.#evaluateIfDue();
        if (endReason) return endReason;
        if (stop.signal !== undefined) {
          this.save(false);
          throw new Stopped(stop.signal, ledger.steps, folder);
        }
        if (this.#checkpointDue()) this.save(false);
        await this.#step(stream);
      }
    } finally {
      await stream.close();
    }
  }

  async #step(stream: BatchStream<TrainingBatch>): Promise<void> {
    const { engine, ledger, mark, runLog, plan, stop } = this.#parts;
    const batch = await ledger.measureAsync('inputWait', () => stop.unlessStopped(stream.next()));
    if (batch === undefined) {
      if (stop.signal !== undefined) return;
      throw new RangeError('the stream of training images ended before the last step');
    }
    const learningRate = learningRateAt(
      { recipe: plan.config.recipe, trainExamples: plan.trainExamples },
      ledger.steps,
    );
    const loss = ledger.step(() => engine.step(toStepFeeds(batch, learningRate, ledger.steps)));
    batch.release();
    mark.write({ step: ledger.steps, seconds: ledger.totalSeconds, wasted: ledger.wasted });
    runLog.step(ledger.steps, loss, learningRate);
    if (!Number.isFinite(loss)) throw new Diverged(loss, 'training', ledger.steps - 1);
    this.#state.losses.sum += loss;
    this.#state.losses.count += 1;
  }

  #usage(): Usage {
    const { steps, examples, flops } = this.#parts.ledger.compute;
    return { steps, examples, flops, seconds: this.#parts.ledger.totalSeconds };
  }

  /** Evaluates if an evaluation is due or the budget is used up. Returns why the run ends here; undefined if it continues. */
  async #evaluateIfDue(): Promise<Status | undefined> {
    const { plan, stop, runLog } = this.#parts;
    const usage = this.#usage();
    const due = isEvaluationDue(plan, usage.steps) || isBudgetSpent(plan, usage);
    if (due && this.#state.evaluatedAt < usage.steps) {
      runLog.enter('evaluating');
      const done = await this.#evaluate();
      runLog.enter('training');
      // A signal interrupted the evaluation; the resumed run repeats it.
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
    // In a fused convolution or norm, oneDNN's ReLU is a maximum and turns NaN into 0: the loss then stays finite.
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
   * Writes a checkpoint of the current step. `tensors`: the engine's state, if it was read already.
   * @throws UserError exit code 73 or 74; earlier checkpoints are kept.
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
      const state = { ...this.#state, ledger: ledger.state };
      return checkpoints.save({ configHash, state, tensors: tensors ?? engine.readState() }, isBest);
    });
    mark.sync();
    this.#savedStep = ledger.steps;
    this.#lastCheckpoint = monotonicClock();
    this.#checkpointCost = this.#lastCheckpoint - start;
    runLog.events.log.debug({ file, step: ledger.steps }, 'checkpoint');
  }
}

/** What step number `step` (from 0) is fed: a batch and its learning rate. */
export const toStepFeeds = (batch: TrainingBatch, learningRate: number, step: number): StepFeeds => ({
  images: batch.images,
  labels: batch.labels,
  tops: batch.tops,
  lefts: batch.lefts,
  flips: batch.flips,
  learningRate,
  step,
});
