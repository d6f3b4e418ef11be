import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { formatCount } from '../../base/format.ts';
import { smiArguments } from '../../runtime/nvidia-smi.ts';
import { EnergyMeter } from './energy.ts';
import {
  addSample,
  emptyGpuTotals,
  type GpuSample,
  type GpuTotals,
  parseGpuSample,
  POWER_LIMIT,
  sampleFields,
} from './gpu-samples.ts';

const SAMPLE_INTERVAL_MS = 500;
/** A reason for a lower clock is reported after this many samples in one process: 5 seconds. */
const REPORT_AFTER_SAMPLES = 10;

interface Options {
  /** The UUID of the card. */
  readonly uuid: string;
  readonly warn: (message: string) => void;
  readonly command?: string;
}

/** Samples power, memory, throttling and memory errors of one GPU twice a second until it is closed. */
export class GpuSampler {
  readonly #options: Options;
  readonly #meter = new EnergyMeter();
  readonly #reported = new Set<string>();
  #child: ChildProcess | undefined;
  #closed = false;
  #powerSamples = 0;
  #last: GpuSample | undefined;
  /** The totals of this process so far. */
  #totals: GpuTotals = emptyGpuTotals();
  /** The totals at the last call of `takeTotals`. */
  #takenTotals: GpuTotals = emptyGpuTotals();

  constructor(options: Options) {
    this.#options = options;
    this.#start(0);
  }

  #start(queryIndex: number): void {
    const fields = sampleFields[queryIndex];
    if (fields === undefined || this.#closed) return;
    const { uuid, command = 'nvidia-smi' } = this.#options;
    const args = [...smiArguments('gpu', fields), '-lms', String(SAMPLE_INTERVAL_MS), '-i', uuid];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    // Without nvidia-smi there are no samples, and all values stay unknown.
    child.on('error', () => undefined);
    child.unref();
    createInterface({ input: child.stdout }).on('line', (line) => {
      const sample = parseGpuSample(line, fields);
      if (sample) this.#add(sample);
    });
    child.on('close', () => {
      if (this.#totals.samples === 0) this.#start(queryIndex + 1);
    });
  }

  #add(sample: GpuSample): void {
    if (sample.watts !== null) {
      this.#powerSamples += 1;
      this.#meter.sample(sample.watts);
    }
    this.#totals = addSample(this.#totals, sample, this.#last);
    this.#last = sample;
    this.#warnOfProblems();
  }

  /** Warns of a lower clock and of memory errors, once per reason. */
  #warnOfProblems(): void {
    const { throttled, correctedErrors, uncorrectedErrors } = this.#totals;
    const warnOnce = (key: string, message: string): void => {
      if (this.#reported.has(key)) return;
      this.#reported.add(key);
      this.#options.warn(message);
    };
    for (const [reason, samples] of Object.entries(throttled))
      if (reason !== POWER_LIMIT && samples >= REPORT_AFTER_SAMPLES)
        warnOnce(
          reason,
          `the GPU lowers its clock (${reason}), so steps are slower than they could be: check its cooling and power with \`nvidia-smi -q -d PERFORMANCE\``,
        );
    if ((uncorrectedErrors ?? 0) > 0)
      warnOnce(
        'uncorrected',
        `the GPU reported ${formatCount(uncorrectedErrors!, 'uncorrected memory error')} during this run, so its numbers may be wrong: check \`nvidia-smi -q -d ECC\`, replace the card, and run again`,
      );
    else if ((correctedErrors ?? 0) > 0)
      warnOnce(
        'corrected',
        `the GPU corrected ${formatCount(correctedErrors!, 'memory error')} during this run: watch \`nvidia-smi -q -d ECC\``,
      );
  }

  /** Joules since the last call; undefined until there are two samples of the power. */
  takeEnergy(): number | undefined {
    return this.#powerSamples > 1 ? this.#meter.take() : undefined;
  }

  /** The totals of the samples since the last call; undefined if this process has no sample. The peak is that of the process. */
  takeTotals(): GpuTotals | undefined {
    const [now, before] = [this.#totals, this.#takenTotals];
    if (now.samples === 0) return undefined;
    this.#takenTotals = now;
    const difference = (a: number | null, b: number | null): number | null => (a === null ? null : a - (b ?? 0));
    return {
      peakMemoryBytes: now.peakMemoryBytes,
      samples: now.samples - before.samples,
      throttled: Object.fromEntries(
        Object.entries(now.throttled).map(([reason, samples]) => [reason, samples - (before.throttled[reason] ?? 0)]),
      ),
      correctedErrors: difference(now.correctedErrors, before.correctedErrors),
      uncorrectedErrors: difference(now.uncorrectedErrors, before.uncorrectedErrors),
    };
  }

  /** Memory in use on the card at the last sample; null if unknown. */
  get memoryBytes(): number | null {
    return this.#last?.memoryBytes ?? null;
  }

  close(): void {
    this.#closed = true;
    this.#child?.kill();
  }
}
