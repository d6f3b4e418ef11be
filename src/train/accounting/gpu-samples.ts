import { z } from 'zod';
import { smiNumber, smiText } from '../../base/nvidia-smi.ts';

const count = z.number().nonnegative().max(1e15);

/** What was sampled of the GPU over a whole run; kept in checkpoints. */
export const gpuTotalsSchema = z.strictObject({
  /** Of the whole card, with other processes that use it. */
  peakMemoryBytes: count.nullable(),
  samples: count,
  /** Number of samples with each reason for a lower clock. */
  throttled: z.record(z.string(), count),
  /** New errors of the card's memory during the run; null if the card does not count them. */
  correctedErrors: count.nullable(),
  uncorrectedErrors: count.nullable(),
});
export type GpuTotals = z.infer<typeof gpuTotalsSchema>;

export const emptyGpuTotals = (): GpuTotals => ({
  peakMemoryBytes: null,
  samples: 0,
  throttled: {},
  correctedErrors: null,
  uncorrectedErrors: null,
});

/** One line of nvidia-smi; null where it does not know. */
export interface GpuSample {
  readonly watts: number | null;
  readonly memoryBytes: number | null;
  /** Reasons for a lower clock, in words. */
  readonly throttled: readonly string[];
  /** Errors since the driver was loaded. */
  readonly correctedErrors: number | null;
  readonly uncorrectedErrors: number | null;
}

/** The bits that say that the clock is low because something is wrong (nvml.h, nvmlClocksEventReason*). */
const REASONS: readonly (readonly [bit: bigint, words: string])[] = [
  [0x4n, 'power limit'],
  [0x8n, 'hardware slowdown'],
  [0x20n, 'temperature (driver)'],
  [0x40n, 'temperature (hardware)'],
  [0x80n, 'power brake'],
];

/** The power limit slows every busy card a little; the other reasons need a person. */
export const POWER_LIMIT = 'power limit';

function reasonsIn(text: string | undefined): string[] {
  const bits = smiText(text ?? '');
  if (bits === null || !/^0x[0-9a-f]+$/i.test(bits)) return [];
  return REASONS.filter(([bit]) => (BigInt(bits) & bit) !== 0n).map(([, words]) => words);
}

/**
 * Parses a line of watts, MiB in use and, if the driver knows them, the reasons for a lower clock as a bit mask, and corrected
 * and uncorrected errors of the memory. Undefined if the line is not of this kind.
 */
export function parseGpuSample(line: string): GpuSample | undefined {
  const fields = line.split(',');
  if (fields.length < 2) return undefined;
  const [watts, mebibytes, reasons, corrected, uncorrected] = fields;
  const memory = smiNumber(mebibytes!);
  return {
    watts: smiNumber(watts!),
    memoryBytes: memory === null ? null : memory * 2 ** 20,
    throttled: reasonsIn(reasons),
    correctedErrors: smiNumber(corrected ?? ''),
    uncorrectedErrors: smiNumber(uncorrected ?? ''),
  };
}

const sum = (a: number | null | undefined, b: number | null): number | null =>
  b === null ? (a ?? null) : (a ?? 0) + b;
const larger = (a: number | null, b: number | null): number | null => (b === null ? a : Math.max(a ?? 0, b));

/** The totals with one more sample. `before` is the sample before it in this process: its errors are already counted, or older than this run. */
export function addSample(totals: GpuTotals, sample: GpuSample, before: GpuSample | undefined): GpuTotals {
  const throttled = { ...totals.throttled };
  for (const reason of sample.throttled) throttled[reason] = (throttled[reason] ?? 0) + 1;
  const added = (key: 'correctedErrors' | 'uncorrectedErrors'): number | null => {
    if (sample[key] === null) return totals[key];
    const previous = before?.[key] ?? sample[key];
    return (totals[key] ?? 0) + Math.max(0, sample[key] - previous);
  };
  return {
    peakMemoryBytes: larger(totals.peakMemoryBytes, sample.memoryBytes),
    samples: totals.samples + 1,
    throttled,
    correctedErrors: added('correctedErrors'),
    uncorrectedErrors: added('uncorrectedErrors'),
  };
}

/** The totals of earlier processes of a run with those that another has sampled. */
export function addGpuTotals(before: GpuTotals | undefined, added: GpuTotals): GpuTotals {
  if (before === undefined) return added;
  const reasons = new Set([...Object.keys(before.throttled), ...Object.keys(added.throttled)]);
  return {
    peakMemoryBytes: larger(before.peakMemoryBytes, added.peakMemoryBytes),
    samples: before.samples + added.samples,
    throttled: Object.fromEntries(
      [...reasons].map((reason) => [reason, (before.throttled[reason] ?? 0) + (added.throttled[reason] ?? 0)]),
    ),
    correctedErrors: sum(before.correctedErrors, added.correctedErrors),
    uncorrectedErrors: sum(before.uncorrectedErrors, added.uncorrectedErrors),
  };
}

/** The totals in the form of a measurement: fractions of the time instead of numbers of samples. */
export const describeGpuTotals = ({ samples, throttled, ...rest }: GpuTotals) => ({
  ...rest,
  throttledFraction: Object.fromEntries(
    Object.entries(throttled)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => [reason, count / samples]),
  ),
});

/** A warning for readers of the result, if the GPU's memory had errors that it could not correct. */
export const describeMemoryErrors = (totals: GpuTotals | undefined): string[] =>
  (totals?.uncorrectedErrors ?? 0) > 0
    ? [
        `the GPU reported ${totals!.uncorrectedErrors} uncorrected memory errors during this run: its numbers may be wrong`,
      ]
    : [];
