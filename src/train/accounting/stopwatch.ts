/** What a run's time is spent on; the rest (a few microseconds a step) is in none. */
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

/** Seconds on a clock that only goes forward, whatever is done to the machine's time of day. */
export type Clock = () => number;
export const monotonicClock: Clock = () => performance.now() / 1000;

/**
 * Seconds by activity, over all the processes of a run. A pause between two of them does not count: only what is measured
 * does. One activity within another belongs to the outer one.
 */
export class Stopwatch {
  readonly #seconds: Record<Activity, number>;
  readonly #clock: Clock;

  constructor(before: Seconds = noSeconds(), clock: Clock = monotonicClock) {
    this.#seconds = { ...before };
    this.#clock = clock;
  }

  /** Runs `work` and adds its time, also when it throws. */
  measure<Result>(activity: Activity, work: () => Result): Result {
    const start = this.#clock();
    try {
      return work();
    } finally {
      this.#seconds[activity] += this.#clock() - start;
    }
  }

  async measureAsync<Result>(activity: Activity, work: () => Promise<Result>): Promise<Result> {
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

  get total(): number {
    return activities.reduce((sum, activity) => sum + this.#seconds[activity], 0);
  }
}
