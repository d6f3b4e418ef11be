import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { BatchStream, Dataset, TrainingBatch } from '../data/batch.ts';
import type { FlopsLimit } from '../results/flops-limit.ts';
import type { CurvePoint } from '../results/measurement.ts';
import type { Checkpoint } from './files/checkpoint.ts';
import type { Checkpoints } from './files/checkpoints.ts';
import { spentLimit } from './early-stop.ts';
import type { Engine, StepFeeds } from '../engine/engine.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { Diverged, Stopped } from './failures/failure.ts';
import type { Ledger } from './accounting/ledger.ts';
import type { MarkFile } from './files/mark.ts';
import { peakMemoryBytes } from './accounting/memory.ts';
import { nonFiniteWeights } from '../engine/non-finite.ts';
import { endReasonOf, evaluationDue, isBudgetSpent, type RunPlan, scoreOf, type Spent, type Status } from './plan.ts';
import type { RunLog } from './watch/run-log.ts';
import type { RunState } from './files/run-state.ts';
import { learningRateAt } from './schedule.ts';
import { keepsAverage } from '../recipe/active.ts';
import type { StopRequest } from './failures/signals.ts';
import { monotonicClock } from './accounting/stopwatch.ts';

/** Unless the config says how often: every minute, and less often where a checkpoint takes more than this part of it. */
const CHECKPOINT_SECONDS = 60;
const MAX_CHECKPOINT_FRACTION = 1 / 400;

export interface LoopParts {
  readonly folder: string;
  /** Where the sweep says what may be spent. */
  readonly budgetFile: string;
  readonly plan: RunPlan;
  readonly configHash: string;
  readonly engine: Engine;
  readonly images: Dataset;
  readonly ledger: Ledger;
  readonly mark: MarkFile;
  readonly checkpoints: Checkpoints;
  readonly recorder: RunLog;
  readonly stop: StopRequest;
  /** Joules since the last call, where a GPU tells. */
  readonly takeEnergy: () => number | undefined;
}

/** Trains from where a run stands to its end: steps, evaluations and checkpoints in their order. */
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

  /** The limit that has ended this run, where one has. */
  get earlyStop(): FlopsLimit | undefined {
    return this.#earlyStop;
  }

  /**
   * Goes on until the run's own end and says why it ended there.
   * @throws Stopped after a signal, Diverged where a loss is not finite.
   */
  async run(): Promise<Status> {
    const { plan, images, ledger, stop, folder } = this.#parts;
    const { batch } = plan.config.recipe;
    const stream = images.training({
      seed: plan.config.seed,
      batch,
      from: ledger.steps * batch,
    });
    try {
      // Signals that came while the graph was made are seen in the second turn of the event loop.
      await yieldToEvents();
      for (;;) {
        // A step blocks this thread: signals are seen only between two of them.
        await yieldToEvents();
        const ending = await this.#evaluateWhereDue();
        if (ending) return ending;
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
    const { engine, ledger, mark, recorder, plan, stop } = this.#parts;
    const batch = await ledger.measureAsync('inputWait', () => stop.unlessStopped(stream.next()));
    if (batch === undefined) {
      if (stop.signal !== undefined) return;
      throw new RangeError('the training images came to an end');
    }
    const learningRate = learningRateAt(
      { recipe: plan.config.recipe, trainExamples: plan.trainExamples },
      ledger.steps,
    );
    const loss = ledger.step(() => engine.step(toStepFeeds(batch, learningRate, ledger.steps)));
    batch.release();
    mark.write({ step: ledger.steps, seconds: ledger.totalSeconds, wasted: ledger.wasted });
    recorder.step(ledger.steps, loss, learningRate);
    if (!Number.isFinite(loss)) throw new Diverged(loss, 'training', ledger.steps - 1);
    this.#state.losses.sum += loss;
    this.#state.losses.count += 1;
  }

  #spent(): Spent {
    const { steps, examples, flops } = this.#parts.ledger.compute;
    return { steps, examples, flops, seconds: this.#parts.ledger.totalSeconds };
  }

  /** Evaluates at the fixed points and where the budget ends; the reason to end here, if there is one. */
  async #evaluateWhereDue(): Promise<Status | undefined> {
    const { plan, stop, recorder } = this.#parts;
    const spent = this.#spent();
    const due = evaluationDue(plan, spent.steps) || isBudgetSpent(plan, spent);
    if (due && this.#state.evaluatedAt < spent.steps) {
      recorder.enter('evaluating');
      const done = await this.#evaluate();
      recorder.enter('training');
      // Interrupted by a signal: it is taken again after the resume.
      if (!done && stop.signal !== undefined) return undefined;
    }
    if (this.#state.evaluatedAt !== spent.steps || spent.steps === 0) return undefined;
    return endReasonOf(plan, this.#state.curve, spent) ?? this.#endedBySweep();
  }

  #endedBySweep(): Status | undefined {
    const { plan, budgetFile, recorder } = this.#parts;
    this.#earlyStop = spentLimit(budgetFile, plan, this.#state.curve, (message) => {
      recorder.warn(message);
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
    // Fused convolutions and norms take NaN for 0 in their ReLU (oneDNN's is a maximum): the loss then stays finite.
    if (nonFiniteWeights(tensors)) throw new Diverged(result.trained.loss, 'weights', ledger.steps);
    this.#addPoint(result, tensors);
    return true;
  }

  #addPoint({ trained, averaged }: Evaluation, tensors: Checkpoint['tensors']): void {
    const { ledger, plan, recorder } = this.#parts;
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
    const score = scoreOf(plan, point);
    const isBest = this.#state.best === null || score > this.#state.best;
    if (isBest) this.#state.best = score;
    this.save(isBest, tensors);
    recorder.evaluated(point, this.#state.curve);
  }

  #checkpointDue(): boolean {
    const { execution } = this.#parts.plan.config;
    const wait =
      execution.checkpointEverySeconds ?? Math.max(CHECKPOINT_SECONDS, this.#checkpointCost / MAX_CHECKPOINT_FRACTION);
    return this.#parts.ledger.steps > this.#savedStep && monotonicClock() - this.#lastCheckpoint >= wait;
  }

  /** Writes where the run stands now; `read`: the state, where it was read already. @throws UserError exit code 73 or 74; what was there before stays. */
  save(isBest: boolean, read?: Checkpoint['tensors']): void {
    const { ledger, engine, checkpoints, configHash, recorder, mark, takeEnergy } = this.#parts;
    const start = monotonicClock();
    ledger.recordPeakMemory(peakMemoryBytes());
    const joules = takeEnergy();
    if (joules !== undefined) ledger.addEnergy(joules);
    const file = ledger.measure('checkpointing', () => {
      const state = { ...this.#state, ledger: ledger.state };
      return checkpoints.save({ configHash, state, tensors: read ?? engine.readState() }, isBest);
    });
    mark.sync();
    this.#savedStep = ledger.steps;
    this.#lastCheckpoint = monotonicClock();
    this.#checkpointCost = this.#lastCheckpoint - start;
    recorder.events.log.debug({ file, step: ledger.steps }, 'checkpoint');
  }
}

export const toStepFeeds = (batch: TrainingBatch, learningRate: number, step: number): StepFeeds => ({
  images: batch.images,
  labels: batch.labels,
  tops: batch.tops,
  lefts: batch.lefts,
  flips: batch.flips,
  learningRate,
  step,
});
