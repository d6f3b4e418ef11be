import { z } from 'zod';
import type { GpuMemory } from '../base/gpu-memory.ts';
import { formatValue } from '../base/text/value.ts';

const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };
const MIN_BYTES = 2 ** 26;

/** Parses `execution.gpuMemory`; undefined for an invalid value. */
export function readGpuMemory(setting: number | string): GpuMemory | undefined {
  if (setting === 'grow') return 'grow';
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([MG]i?B)$/.exec(String(setting)) ?? [];
  const value = typeof setting === 'number' ? setting : Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (value > 0 && value <= 1 && typeof setting === 'number') return { share: value };
  return value >= MIN_BYTES && value <= 2 ** 46 ? { bytes: Math.round(value) } : undefined;
}

const gpuMemory = z.union([z.number(), z.string()]).refine((setting) => readGpuMemory(setting) !== undefined, {
  error: ({ input }) =>
    `is ${formatValue(input)}, expected grow, a fraction of the GPU's memory above 0 and at most 1 (0.45), or at least 64 MiB ("20GiB", or the number of bytes)`,
});

/** The passes of grappler by name. A missing pass keeps TensorFlow's default. */
const passes = z.strictObject({
  /** Chooses NHWC or NCHW for the device. */
  layout: z.boolean().optional(),
  /** Computes constants only once. */
  constantFolding: z.boolean().optional(),
  /** Replaces arithmetic by equal but cheaper arithmetic. */
  arithmetic: z.boolean().optional(),
  /** Removes control dependencies and ops without effect. */
  dependency: z.boolean().optional(),
  /** Moves ops out of loops if their results do not change in the loop. */
  loop: z.boolean().optional(),
  /** Inlines functions. */
  function: z.boolean().optional(),
  /** Replaces ops that compute known shapes. */
  shape: z.boolean().optional(),
  /** Fuses a convolution or product with its bias and activation. */
  remapping: z.boolean().optional(),
  /** Computes equal parts of the graph once. */
  commonSubgraph: z.boolean().optional(),
});

/** Options of TensorFlow's session: keys of `execution`. The measurement contains all of them. */
export const sessionSchemas = {
  /** Threads that TensorFlow uses within an op; default: all CPU cores. Another number may change the last bits of sums. */
  threads: z.int().min(1).max(1024).optional(),
  /** Ops that TensorFlow may run at the same time; default: `threads`, or else one per CPU core. */
  interOpThreads: z.int().min(1).max(1024).optional(),
  /**
   * The maximum GPU memory of the run: `grow` (no limit, the default), a fraction of the card (0.45), or a size. TensorFlow allocates it when needed.
   * @example 20GiB
   */
  gpuMemory: gpuMemory.optional(),
  /** Steps from one reading of the loss to the next; default: 1. Above 1, a GPU does not wait for the CPU after each step. */
  readLossEvery: z.int().min(1).max(10_000).optional(),
  /** Passes of TensorFlow's graph optimizer (grappler) to switch on or off. They may change the last bits. */
  graphPasses: passes.optional(),
};
