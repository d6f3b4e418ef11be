/** The activities into which the time of a run is split. A few microseconds per step belong to none of them. */
export const activities = ['training', 'evaluation', 'inputWait', 'checkpointing', 'tracing'] as const;
export type Activity = (typeof activities)[number];
export type Seconds = Readonly<Record<Activity, number>>;

export const noSeconds = (): Record<Activity, number> => ({
  training: 0,
  evaluation: 0,
  inputWait: 0,
  checkpointing: 0,
  tracing: 0,
});

/** A monotonic clock in seconds: changes of the machine's time of day do not affect it. */
export type Clock = () => number;
export const monotonicClock: Clock = () => performance.now() / 1000;

/** Seconds per activity, summed over all processes of a run. The time between two processes does not count. */
export class Stopwatch {
  readonly #seconds: Record<Activity, number>;
  readonly #clock: Clock;

  constructor(initial: Seconds = noSeconds(), clock: Clock = monotonicClock) {
    this.#seconds = { ...initial };
    this.#clock = clock;
  }

  /** Runs `work` and adds its time, even if it throws. */
  measure<Result>(activity: Activity, work: () => Result): Result {
    const start = this.#clock();
    try {
      return work();
    } finally {
      this.#seconds[activity] += this.#clock() - start;
    }
  }

  async measureAsync<Result>(activity: Activity, work: () => Promise<Result> | Result): Promise<Result> {
    const start = this.#clock();
    try {
      return await work();
    } finally {
      this.#seconds[activity] += this.#clock() - start;
    }
  }

  add(activity: Activity, seconds: number): void {
    this.#seconds[activity] += seconds;
  }

  get seconds(): Seconds {
    return { ...this.#seconds };
  }

  secondsOf(activity: Activity): number {
    return this.#seconds[activity];
  }

  get total(): number {
    return activities.reduce((sum, activity) => sum + this.#seconds[activity], 0);
  }
}
