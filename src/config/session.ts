import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };
const MIN_BYTES = 2 ** 26;

/** `grow`, a share of the GPU's memory, or bytes. */
type GpuMemoryLimit = 'grow' | { readonly share: number } | { readonly bytes: number };

/** What `execution.gpuMemory` says; undefined if it says nothing clear. */
export function readGpuMemory(given: number | string): GpuMemoryLimit | undefined {
  if (given === 'grow') return 'grow';
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([MG]i?B)$/.exec(String(given)) ?? [];
  const value = typeof given === 'number' ? given : Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (value > 0 && value <= 1 && typeof given === 'number') return { share: value };
  return value >= MIN_BYTES && value <= 2 ** 46 ? { bytes: Math.round(value) } : undefined;
}

const gpuMemory = z.union([z.number(), z.string()]).refine((given) => readGpuMemory(given) !== undefined, {
  error: ({ input }) =>
    `is ${JSON.stringify(input)}, expected grow, a share of the GPU's memory above 0 and at most 1 (0.45), or at least 64 MiB ("20GiB", or the number of bytes)`,
});

/** Passes of grappler by name; a missing one keeps TensorFlow's default. */
const passes = z.strictObject({
  /** NHWC or NCHW, as the device wants it. */
  layout: z.boolean().optional(),
  /** Computes constants once. */
  constantFolding: z.boolean().optional(),
  /** Replaces arithmetic by equal arithmetic that is cheaper. */
  arithmetic: z.boolean().optional(),
  /** Removes control dependencies and ops without effect. */
  dependency: z.boolean().optional(),
  /** Moves what does not change out of loops. */
  loop: z.boolean().optional(),
  /** Inlines functions. */
  function: z.boolean().optional(),
  /** Replaces ops on shapes that are known. */
  shape: z.boolean().optional(),
  /** Fuses a convolution or product with its bias and activation. */
  remapping: z.boolean().optional(),
  /** Computes equal parts of the graph once. */
  commonSubgraph: z.boolean().optional(),
});

/** How TensorFlow's session runs: keys of `execution`. All are recorded in the measurement. */
export const sessionSchemas = {
  /** Threads that TensorFlow uses within an op; all CPU cores if not given. Another number may change the last bits of sums. */
  threads: z.int().min(1).max(1024).optional(),
  /** Ops that TensorFlow may run at the same time; as many as CPU cores if not given. */
  interOpThreads: z.int().min(1).max(1024).optional(),
  /**
   * The most GPU memory that the run takes: `grow` (no limit), a share of the card (0.45), or a size. It is taken as it is needed.
   * @example 20GiB
   */
  gpuMemory: gpuMemory.optional(),
  /** Steps from one reading of the loss to the next. Above 1, a GPU need not wait for the CPU after each step. */
  readLossEvery: z.int().min(1).max(10_000).optional(),
  /** Passes of TensorFlow's graph optimizer (grappler) to switch on or off. They may change the last bits. */
  graphPasses: passes.optional(),
};
