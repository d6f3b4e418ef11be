import { z } from 'zod';
import { paperTeraflopSecondDays } from '../../base/paper-compute.ts';
import type { CurvePoint, Measurement } from '../../results/measurement.ts';
import type { StepCounts } from '../../engine/engine.ts';
import { noSeconds, type Clock, type Activity, type Seconds, Stopwatch } from './stopwatch.ts';

/** The first steps of a process allocate memory and choose kernels: they count as training time but not towards the speed. */
const WARMUP_STEPS = 3;

/** A count or a duration. The maximum is far above that of any run and keeps all totals finite. */
export const count = z.number().nonnegative().max(1e15);
const secondsSchema = z.strictObject({
  training: count,
  evaluation: count,
  inputWait: count,
  checkpointing: count,
  tracing: count,
});
const wastedSchema = z.strictObject({ steps: count, seconds: count });
export type WastedWork = z.infer<typeof wastedSchema>;

/** A ledger as stored in a checkpoint. Compute follows from the number of steps, so it is not stored. */
export const ledgerStateSchema = z.strictObject({
  steps: count,
  evaluatedExamples: count,
  seconds: secondsSchema,
  /** Steps and training seconds of the processes' first steps, which are left out of the speed. */
  warmup: z.strictObject({ steps: count, seconds: count }),
  wasted: wastedSchema,
  peakMemoryBytes: count,
  energyJoules: count.nullable(),
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
 * The running totals of a run. Compute is the number of steps times the cost of one step, so it does not depend on how often
 * the run was stopped. Steps that a crash lost are in `wasted` and in `cost`, and in no other total.
 */
export class Ledger {
  readonly #counts: StepCounts;
  readonly #trainExamples: number;
  readonly #state: LedgerState;
  readonly #stopwatch: Stopwatch;
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

  /** Runs and times one training step. A step that fails is not counted. */
  async step<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    const before = this.#stopwatch.secondsOf('training');
    const result = await this.#stopwatch.measureAsync('training', work);
    this.#state.steps += 1;
    if (this.#stepsOfProcess++ < WARMUP_STEPS) {
      this.#state.warmup.steps += 1;
      this.#state.warmup.seconds += this.#stopwatch.secondsOf('training') - before;
    }
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
  addWasted({ steps, seconds }: WastedWork): void {
    this.#state.wasted.steps += steps;
    this.#state.wasted.seconds += seconds;
  }
  addSeconds(activity: Activity, seconds: number): void {
    this.#stopwatch.add(activity, seconds);
  }
  get wasted(): WastedWork {
    return { ...this.#state.wasted };
  }
  addEnergy(joules: number): void {
    this.#state.energyJoules = (this.#state.energyJoules ?? 0) + joules;
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
    const { batch, forwardMacsPerExample, stepMacs, stepFlops } = this.#counts;
    const examples = steps * batch;
    return {
      examples,
      epochs: examples / this.#trainExamples,
      steps,
      macs: steps * stepMacs,
      flops: steps * stepFlops,
      paperTeraflopSecondDays: paperTeraflopSecondDays(forwardMacsPerExample, examples),
      trainingSeconds: this.seconds.training,
    };
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
    const { batch, stepMacs, stepFlops } = this.#counts;
    const { wasted, evaluatedExamples, peakMemoryBytes, energyJoules } = this.#state;
    const { examples, epochs, steps, macs, flops, paperTeraflopSecondDays } = this.compute;
    const flopPerSecond = (this.examplesPerSecond / batch) * stepFlops;
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
        macs: wasted.steps * stepMacs,
        flops: wasted.steps * stepFlops,
        seconds: wasted.seconds,
      },
      seconds: { ...this.seconds },
      peakMemoryBytes,
      examplesPerSecond: this.examplesPerSecond,
      flopPerSecond,
      utilization: peak === undefined ? null : flopPerSecond / peak,
      energyJoules,
      cost: this.#cost(rates),
    };
  }

  /** The cost of all seconds of the run, including those that a crash wasted. */
  #cost({ pricePerHour, currency }: Rates): Measurement['totals']['cost'] {
    if (pricePerHour === undefined) return null;
    const hours = (this.totalSeconds + this.#state.wasted.seconds) / 3600;
    return { amount: hours * pricePerHour, currency, perHour: pricePerHour };
  }
}
