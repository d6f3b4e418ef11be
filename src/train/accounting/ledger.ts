import { z } from 'zod';
import { stageAt } from '../../config/stages.ts';
import type { CurvePoint, Measurement } from '../../results/measurement.ts';
import type { StepCounts } from '../../engine/engine.ts';
import { addGpuTotals, describeGpuTotals, type GpuTotals, gpuTotalsSchema } from './gpu-samples.ts';
import { computeOf, stagesBetween } from './step-costs.ts';
import { addWork, count, type WastedWork, wastedSchema } from './wasted.ts';
import { noSeconds, type Clock, type Activity, type Seconds, Stopwatch } from './stopwatch.ts';

/**
 * The first steps of a process, and of each image size, allocate memory and choose kernels: they count as training time but not
 * towards the speed.
 */
const WARMUP_STEPS = 3;

const secondsSchema = z.strictObject({
  training: count,
  evaluation: count,
  inputWait: count,
  checkpointing: count,
  tracing: count,
});

/** A ledger as stored in a checkpoint. Compute follows from the number of steps, so it is not stored. */
export const ledgerStateSchema = z.strictObject({
  steps: count,
  evaluatedExamples: count,
  seconds: secondsSchema,
  /** Steps and training seconds of the first steps of processes and image sizes, which are left out of the speed. */
  warmup: wastedSchema,
  wasted: wastedSchema,
  peakMemoryBytes: count,
  energyJoules: count.nullable(),
  /** Missing without a GPU, and in checkpoints of earlier versions. */
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
 * The running totals of a run. Compute is the number of steps times the cost of one step, or of one step of each stage, so it does not depend on how often
 * the run was stopped. Steps that a crash lost are in `wasted` and in `cost`, and in no other total.
 */
export class Ledger {
  readonly #counts: StepCounts;
  readonly #trainExamples: number;
  readonly #state: LedgerState;
  readonly #stopwatch: Stopwatch;
  /** Stage of the last step, and its number of steps in this process. */
  #stage = 0;
  #stepsOfProcess = 0;

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

  /** Runs and times one training step. A step that throws is not counted. */
  step<Result>(work: () => Result): Result {
    const before = this.seconds.training;
    const result = this.#stopwatch.measure('training', work);
    const step = this.#state.steps;
    this.#state.steps += 1;
    const stage = stageAt(this.#counts.stages ?? [], step);
    if (stage !== this.#stage) this.#stepsOfProcess = 0;
    this.#stage = stage;
    if (this.#stepsOfProcess++ < WARMUP_STEPS)
      this.#state.warmup = addWork(this.#state.warmup, this.#work(step, step + 1, this.seconds.training - before));
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
  /** Adds the steps from `from` to before `to`. */
  addWastedSteps({ from, to, seconds }: { from: number; to: number; seconds: number }): void {
    this.addWasted(this.#work(from, to, seconds));
  }
  #work(from: number, to: number, seconds: number): WastedWork {
    const byStage = stagesBetween(this.#counts, from, to);
    return { steps: to - from, seconds, ...(byStage && { byStage }) };
  }
  addSeconds(activity: Activity, seconds: number): void {
    this.#stopwatch.add(activity, seconds);
  }
  get wasted(): WastedWork {
    return structuredClone(this.#state.wasted);
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
      ...computeOf(this.#counts, steps, stagesBetween(this.#counts, 0, steps)),
      trainingSeconds: this.seconds.training,
    };
  }

  /** Training FLOPs per second of training, without the same steps as `examplesPerSecond`. */
  get #flopPerSecond(): number {
    const { batch, stages, stepFlops } = this.#counts;
    if (!stages) return (this.examplesPerSecond / batch) * stepFlops;
    const { steps, warmup } = this.#state;
    const all = this.compute;
    const first = computeOf(this.#counts, warmup.steps, warmup.byStage);
    const training = this.seconds.training;
    const seconds = training - warmup.seconds;
    if (steps > warmup.steps && seconds > 0) return (all.flops - first.flops) / seconds;
    return training > 0 ? all.flops / training : 0;
  }

  /** Training examples per second of training, without the first steps of each process. */
  get examplesPerSecond(): number {
    const { steps, warmup } = this.#state;
    const training = this.seconds.training;
    const [warmSteps, warmSeconds] = [steps - warmup.steps, training - warmup.seconds];
    if (warmSteps > 0 && warmSeconds > 0) return (warmSteps * this.#counts.batch) / warmSeconds;
    return training > 0 ? (steps * this.#counts.batch) / training : 0;
  }

  /**
   * Mean seconds per step, including evaluations, waiting for input and checkpoints, but without the start of a process and
   * its first steps; null before there is such a step.
   */
  get steadySecondsPerStep(): number | null {
    const { steps, warmup } = this.#state;
    const seconds = this.totalSeconds - this.seconds.tracing - warmup.seconds;
    return steps > warmup.steps ? seconds / (steps - warmup.steps) : null;
  }

  /** The totals in the form of a measurement. */
  totals(rates: Rates): Measurement['totals'] {
    const { batch } = this.#counts;
    const { wasted, evaluatedExamples, peakMemoryBytes, energyJoules, gpu } = this.#state;
    const { examples, epochs, steps, macs, flops, paperTeraflopSecondDays } = this.compute;
    const lost = computeOf(this.#counts, wasted.steps, wasted.byStage);
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
