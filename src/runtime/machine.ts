import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { type Gpu, listGpus } from './gpus.ts';

/** The hardware of this machine. */
export interface Machine {
  /** Such as `linux-x64`. */
  readonly platform: string;
  readonly cpu: string;
  /** The CPU's instruction sets that matter for the speed of TensorFlow. */
  readonly cpuFeatures: readonly string[];
  /** Threads that this process may use at the same time. */
  readonly threads: number;
  readonly memoryBytes: number;
  readonly gpus: readonly Pick<Gpu, 'name' | 'driver' | 'memoryBytes'>[];
  /** The reason why no GPU was found; undefined if there is one. */
  readonly noGpu?: string;
}

/** Describes this machine. Its GPUs are listed even if TensorFlow cannot use them. */
export function describeMachine(): Machine {
  const { gpus, reason } = listGpus();
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuFeatures: findCpuFeatures(),
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    gpus: gpus.map(({ name, driver, memoryBytes }) => ({ name, driver, memoryBytes })),
    ...(reason === undefined ? {} : { noGpu: reason }),
  };
}

const FEATURES = /^(sse4_2|avx|avx2|fma|f16c|avx512f|avx512_vnni|avx512_bf16|amx_\w+|asimd|sve2?|bf16)$/;

/** Reads /proc/cpuinfo; empty on systems other than Linux. */
export function findCpuFeatures(): string[] {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text)?.[1] ?? '';
    return flags.split(' ').filter((flag) => FEATURES.test(flag));
  } catch {
    return [];
  }
}
