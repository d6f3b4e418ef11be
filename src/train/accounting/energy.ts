import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { smiNumber } from '../../base/nvidia-smi.ts';
import { type Clock, monotonicClock } from './stopwatch.ts';

/** Of a longer gap between two samples, only this much counts: the process was suspended, and its power is unknown. */
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

/** The power in watts from one line of nvidia-smi's output; undefined if it reports none (`[N/A]`). */
export const parseWatts = (line: string): number | undefined => smiNumber(line) ?? undefined;

/** The index or id of the GPU that this process uses: TensorFlow takes the first visible one. */
export const gpuInUse = (visible = process.env['CUDA_VISIBLE_DEVICES']): string =>
  visible?.split(',')[0]?.trim() ?? '0';

/** Samples the power of the GPU in use twice a second until it is closed. */
export class PowerSampler {
  readonly #meter = new EnergyMeter();
  readonly #child: ChildProcess;
  #samples = 0;

  constructor(command = 'nvidia-smi') {
    const query = ['--query-gpu=power.draw', '--format=csv,noheader,nounits', '-lms', '500'];
    this.#child = spawn(command, [...query, '-i', gpuInUse()], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // Without nvidia-smi there are no samples, and the energy stays unknown.
    this.#child.on('error', () => undefined);
    this.#child.unref();
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const watts = parseWatts(line);
      if (watts === undefined) return;
      this.#samples += 1;
      this.#meter.sample(watts);
    });
  }

  /** Joules since the last call; undefined until there are two samples. */
  take(): number | undefined {
    return this.#samples > 1 ? this.#meter.take() : undefined;
  }

  close(): void {
    this.#child.kill();
  }
}
