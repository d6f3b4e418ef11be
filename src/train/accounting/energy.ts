import { type Clock, monotonicClock } from './stopwatch.ts';

/** The maximum of a gap that counts. During a longer gap between two samples the process was suspended, and its power is unknown. */
const MAX_GAP_SECONDS = 10;

/** Integrates samples of power (watts) over a monotonic clock to joules, by the trapezoidal rule. */
export class EnergyMeter {
  readonly #clock: Clock;
  #last: { watts: number; at: number } | undefined;
  #joules = 0;

  constructor(clock: Clock = monotonicClock) {
    this.#clock = clock;
  }

  sample(watts: number): void {
    const at = this.#clock();
    if (this.#last) {
      const gap = Math.min(at - this.#last.at, MAX_GAP_SECONDS);
      this.#joules += gap * ((this.#last.watts + watts) / 2);
    }
    this.#last = { watts, at };
  }

  /** Joules since the last call. */
  take(): number {
    const joules = this.#joules;
    this.#joules = 0;
    return joules;
  }
}
