import { z } from 'zod';
import { formatCount } from '../../base/format.ts';
import { parseSmiLine, smiBytes, smiNumber, smiText } from '../../runtime/nvidia-smi.ts';

const count = z.number().nonnegative().max(1e15);

/** The totals of the GPU's samples over a whole run. Checkpoints contain them. */
export const gpuTotalsSchema = z.strictObject({
  /** Memory of the whole card, including other processes that use it. */
  peakMemoryBytes: count.nullable(),
  samples: count,
  /** Number of samples with each reason for a lower clock. */
  throttled: z.record(z.string(), count),
  /** Errors of the card's memory during the run; null if the card does not count them. */
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

const ERROR_FIELDS = ['ecc.errors.corrected.volatile.total', 'ecc.errors.uncorrected.volatile.total'] as const;
const POWER_AND_MEMORY = ['power.draw', 'memory.used'] as const;

/** The fields of a sample. A driver that does not know a field refuses the whole query; then the next list is tried. */
export const sampleFields = [
  [...POWER_AND_MEMORY, 'clocks_event_reasons.active', ...ERROR_FIELDS],
  [...POWER_AND_MEMORY, 'clocks_throttle_reasons.active', ...ERROR_FIELDS],
  POWER_AND_MEMORY,
] as const;
type SampleFields = (typeof sampleFields)[number];

/** One line of nvidia-smi; a value that it does not know is null. */
export interface GpuSample {
  readonly watts: number | null;
  readonly memoryBytes: number | null;
  /** Reasons for a lower clock, in words. */
  readonly throttled: readonly string[];
  /** Errors since the driver was loaded. */
  readonly correctedErrors: number | null;
  readonly uncorrectedErrors: number | null;
}

/** The bits of the reasons for a lower clock that limit the speed (nvml.h, nvmlClocksEventReason*), with their texts. */
const REASONS: readonly (readonly [bit: bigint, text: string])[] = [
  [0x4n, 'power limit'],
  [0x8n, 'hardware slowdown'],
  [0x20n, 'temperature (driver)'],
  [0x40n, 'temperature (hardware)'],
  [0x80n, 'power brake'],
];

/** The reason that is normal: the power limit slows every busy card a little. The other reasons need a repair. */
export const POWER_LIMIT = 'power limit';

function parseReasons(text: string | undefined): string[] {
  const bits = smiText(text);
  if (bits === null || !/^0x[0-9a-f]+$/i.test(bits)) return [];
  return REASONS.filter(([bit]) => (BigInt(bits) & bit) !== 0n).map(([, reason]) => reason);
}

/**
 * Parses a line of nvidia-smi with these fields: watts, MiB in use and, if the driver knows them, the reasons for a lower clock as a
 * bit mask, and the corrected and uncorrected errors of the memory. Undefined for a line of another kind, such as a message.
 */
export function parseGpuSample(line: string, fields: SampleFields): GpuSample | undefined {
  const row: Partial<Record<SampleFields[number], string>> | undefined = parseSmiLine(line, fields);
  return (
    row && {
      watts: smiNumber(row['power.draw']),
      memoryBytes: smiBytes(row['memory.used']),
      throttled: parseReasons(row['clocks_event_reasons.active'] ?? row['clocks_throttle_reasons.active']),
      correctedErrors: smiNumber(row['ecc.errors.corrected.volatile.total']),
      uncorrectedErrors: smiNumber(row['ecc.errors.uncorrected.volatile.total']),
    }
  );
}

const sum = (a: number | null | undefined, b: number | null): number | null =>
  b === null ? (a ?? null) : (a ?? 0) + b;
const larger = (a: number | null, b: number | null): number | null => (b === null ? a : Math.max(a ?? 0, b));

/** Adds a sample to totals. `before`: the previous sample of this process; only errors since then are new. */
export function addSample(totals: GpuTotals, sample: GpuSample, before: GpuSample | undefined): GpuTotals {
  const throttled = { ...totals.throttled };
  for (const reason of sample.throttled) throttled[reason] = (throttled[reason] ?? 0) + 1;
  const addErrors = (key: 'correctedErrors' | 'uncorrectedErrors'): number | null => {
    if (sample[key] === null) return totals[key];
    const previous = before?.[key] ?? sample[key];
    return (totals[key] ?? 0) + Math.max(0, sample[key] - previous);
  };
  return {
    peakMemoryBytes: larger(totals.peakMemoryBytes, sample.memoryBytes),
    samples: totals.samples + 1,
    throttled,
    correctedErrors: addErrors('correctedErrors'),
    uncorrectedErrors: addErrors('uncorrectedErrors'),
  };
}

/** Adds totals of this process to those of earlier processes of the run. */
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

/** Converts totals to the form of a measurement: fractions of the time instead of numbers of samples. */
export const describeGpuTotals = ({ samples, throttled, ...rest }: GpuTotals) => ({
  ...rest,
  throttledFraction: Object.fromEntries(
    Object.entries(throttled)
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => [reason, count / samples]),
  ),
});

/** A warning for readers of the result if the GPU's memory had uncorrected errors; otherwise none. */
export const describeMemoryErrors = (totals: GpuTotals | undefined): string[] =>
  (totals?.uncorrectedErrors ?? 0) > 0
    ? [
        `the GPU reported ${formatCount(totals!.uncorrectedErrors!, 'uncorrected memory error')} during this run: its numbers may be wrong`,
      ]
    : [];
