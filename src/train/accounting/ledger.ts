import { z } from 'zod';
import { stageAt } from '../../config/stages.ts';
import type { CurvePoint, Measurement } from '../../results/measurement.ts';
import type { StepCounts } from '../../engine/engine.ts';
import { addGpuTotals, describeGpuTotals, type GpuTotals, gpuTotalsSchema } from './gpu-samples.ts';
import { computeSteps, countStepsByStage } from './step-costs.ts';
import { addWork, copyWork, count, type WastedWork, wastedSchema } from './wasted.ts';
import { noSeconds, type Clock, type Activity, type Seconds, Stopwatch } from './stopwatch.ts';

/**
 * The number of first steps of a process, and of each image size, that do not count towards the speed: they allocate memory and
 * choose kernels. They do count as training time.
 */
const WARMUP_STEPS = 3;

const secondsSchema = z.strictObject({
  training: count,
  evaluation: count,
  inputWait: count,
  checkpointing: count,
  tracing: count,
});

/** The state of a ledger in a checkpoint. It does not contain the compute, which follows from the number of steps. */
export const ledgerStateSchema = z.strictObject({
  steps: count,
  evaluatedExamples: count,
  seconds: secondsSchema,
  /** Number and training seconds of the steps that do not count towards the speed (WARMUP_STEPS). */
  warmup: wastedSchema,
  wasted: wastedSchema,
  peakMemoryBytes: count,
  energyJoules: count.nullable(),
  /** Missing without a GPU, and in checkpoints of early versions. */
  gpu: gpuTotalsSchema.optional(),
});
export type LedgerState = z.infer<typeof ledgerStateSchema>;

export const emptyLedger = (): LedgerState => ({
  steps: 0,
  evaluatedExamples: 0,
  seconds: noSeconds(),
  warmup: { steps: 0, seconds: 0 },
  wasted: { steps: 0, seconds: 0 },
  peakMemoryBytes: 0,
  energyJoules: null,
});

/** Price and peak performance, for cost and utilization. */
export interface Rates {
  readonly pricePerHour?: number | undefined;
  readonly currency: string;
  readonly peakFlopPerSecond?: number | undefined;
}

type Compute = Pick<
  CurvePoint,
  'examples' | 'epochs' | 'steps' | 'macs' | 'flops' | 'paperTeraflopSecondDays' | 'trainingSeconds'
>;

/**
 * The running totals of a run. Compute is the number of steps times the cost of one step (of each stage, if a run has stages). So it
 * does not depend on how often the run was stopped. Steps that a crash lost are part of `wasted` and `cost`, and of no other total.
 */
export class Ledger {
  readonly #counts: StepCounts;
  readonly #trainExamples: number;
  readonly #state: LedgerState;
  readonly #stopwatch: Stopwatch;
  /** The stage of the last step. */
  #stage = 0;
  /** The number of steps of that stage in this process. */
  #stageSteps = 0;

  constructor(counts: StepCounts, trainExamples: number, initial: LedgerState, clock?: Clock) {
    this.#counts = counts;
    this.#trainExamples = trainExamples;
    this.#state = structuredClone(initial);
    this.#stopwatch = new Stopwatch(initial.seconds, clock);
  }

  get steps(): number {
    return this.#state.steps;
  }
  get seconds(): Seconds {
    return this.#stopwatch.seconds;
  }
  get totalSeconds(): number {
    return this.#stopwatch.total;
  }

  /** Runs and times one training step. A step that fails is not counted. */
  async step<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    const before = this.#stopwatch.secondsOf('training');
    const result = await this.#stopwatch.measureAsync('training', work);
    const seconds = this.#stopwatch.secondsOf('training') - before;
    const step = this.#state.steps;
    this.#state.steps += 1;
    const stage = stageAt(this.#counts.stages ?? [], step);
    if (stage !== this.#stage) this.#stageSteps = 0;
    this.#stage = stage;
    if (this.#stageSteps++ < WARMUP_STEPS)
      this.#state.warmup = addWork(this.#state.warmup, this.#toWork(step, step + 1, seconds));
    return result;
  }

  measure<Result>(activity: Activity, work: () => Result): Result {
    return this.#stopwatch.measure(activity, work);
  }
  measureAsync<Result>(activity: Activity, work: () => Promise<Result>): Promise<Result> {
    return this.#stopwatch.measureAsync(activity, work);
  }

  addEvaluated(examples: number): void {
    this.#state.evaluatedExamples += examples;
  }
  addWasted(work: WastedWork): void {
    this.#state.wasted = addWork(this.#state.wasted, work);
  }
  /** Adds the steps from `from` (included) to `to` (excluded) to the wasted work. */
  addWastedSteps({ from, to, seconds }: { from: number; to: number; seconds: number }): void {
    this.addWasted(this.#toWork(from, to, seconds));
  }
  #toWork(from: number, to: number, seconds: number): WastedWork {
    const byStage = countStepsByStage(this.#counts, from, to);
    return { steps: to - from, seconds, ...(byStage && { byStage }) };
  }
  addSeconds(activity: Activity, seconds: number): void {
    this.#stopwatch.add(activity, seconds);
  }
  get wasted(): WastedWork {
    return copyWork(this.#state.wasted);
  }
  addEnergy(joules: number): void {
    this.#state.energyJoules = (this.#state.energyJoules ?? 0) + joules;
  }
  addGpu(totals: GpuTotals): void {
    this.#state.gpu = addGpuTotals(this.#state.gpu, totals);
  }
  recordPeakMemory(bytes: number): void {
    this.#state.peakMemoryBytes = Math.max(this.#state.peakMemoryBytes, bytes);
  }

  get state(): LedgerState {
    return { ...structuredClone(this.#state), seconds: this.seconds };
  }

  /** Training compute so far. */
  get compute(): Compute {
    const { steps } = this.#state;
    const examples = steps * this.#counts.batch;
    return {
      examples,
      epochs: examples / this.#trainExamples,
      steps,
      ...computeSteps(this.#counts, steps, countStepsByStage(this.#counts, 0, steps)),
      trainingSeconds: this.seconds.training,
    };
  }

  /** Training FLOPs per second of training, without the warm-up steps. 0 before the first step. */
  get #flopPerSecond(): number {
    const { batch, stages, stepFlops } = this.#counts;
    if (!stages) return (this.examplesPerSecond / batch) * stepFlops;
    const { steps, warmup } = this.#state;
    const all = this.compute;
    const warmupCompute = computeSteps(this.#counts, warmup.steps, warmup.byStage);
    const training = this.seconds.training;
    const seconds = training - warmup.seconds;
    if (steps > warmup.steps && seconds > 0) return (all.flops - warmupCompute.flops) / seconds;
    return training > 0 ? all.flops / training : 0;
  }

  /** Training examples per second of training, without the warm-up steps. 0 before the first step. */
  get examplesPerSecond(): number {
    const { steps, warmup } = this.#state;
    const training = this.seconds.training;
    const [steadySteps, steadySeconds] = [steps - warmup.steps, training - warmup.seconds];
    if (steadySteps > 0 && steadySeconds > 0) return (steadySteps * this.#counts.batch) / steadySeconds;
    return training > 0 ? (steps * this.#counts.batch) / training : 0;
  }

  /**
   * Mean seconds per step, including evaluations, checkpoints and waiting for images, but without the start of a process and the
   * warm-up steps. Null before the first such step.
   */
  get steadySecondsPerStep(): number | null {
    const { steps, warmup } = this.#state;
    const seconds = this.totalSeconds - this.seconds.tracing - warmup.seconds;
    return steps > warmup.steps ? seconds / (steps - warmup.steps) : null;
  }

  /** Converts the totals to the form of a measurement. */
  totals(rates: Rates): Measurement['totals'] {
    const { batch } = this.#counts;
    const { wasted, evaluatedExamples, peakMemoryBytes, energyJoules, gpu } = this.#state;
    const { examples, epochs, steps, macs, flops, paperTeraflopSecondDays } = this.compute;
    const lost = computeSteps(this.#counts, wasted.steps, wasted.byStage);
    const flopPerSecond = this.#flopPerSecond;
    const { peakFlopPerSecond: peak } = rates;
    return {
      ...{ examples, epochs, steps, macs, flops, paperTeraflopSecondDays },
      evaluation: {
        examples: evaluatedExamples,
        macs: evaluatedExamples * this.#counts.evaluationMacsPerExample,
        flops: evaluatedExamples * this.#counts.evaluationFlopsPerExample,
      },
      wasted: {
        examples: wasted.steps * batch,
        steps: wasted.steps,
        macs: lost.macs,
        flops: lost.flops,
        seconds: wasted.seconds,
        ...(wasted.byStage && { stepsByStage: wasted.byStage }),
      },
      seconds: { ...this.seconds },
      peakMemoryBytes,
      examplesPerSecond: this.examplesPerSecond,
      flopPerSecond,
      utilization: peak === undefined ? null : flopPerSecond / peak,
      ...(peak !== undefined && { peakFlopPerSecond: peak }),
      energyJoules,
      cost: this.#cost(rates),
      ...(gpu && { gpu: describeGpuTotals(gpu) }),
    };
  }

  /** The cost of all seconds of the run, including those that a crash wasted. */
  #cost({ pricePerHour, currency }: Rates): Measurement['totals']['cost'] {
    if (pricePerHour === undefined) return null;
    const hours = (this.totalSeconds + this.#state.wasted.seconds) / 3600;
    return { amount: hours * pricePerHour, currency, perHour: pricePerHour };
  }
}
