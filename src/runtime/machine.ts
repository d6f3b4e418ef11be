import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { smiNumber, smiText } from '../base/nvidia-smi.ts';

export interface Gpu {
  readonly name: string;
  readonly driver: string;
  /** Null if the driver does not report it, as on machines where GPU and CPU share their memory. */
  readonly memoryBytes: number | null;
}

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
  readonly gpus: readonly Gpu[];
  /** The reason why no GPU was found; undefined if there is one. */
  readonly noGpu?: string;
}

/** Describes this machine. Its GPUs are listed even if TensorFlow cannot use them. */
export function describeMachine(): Machine {
  const { gpus, reason } = findGpus();
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuFeatures: findCpuFeatures(),
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    gpus,
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

/** Runs nvidia-smi, which comes with NVIDIA's driver. */
function findGpus(): { gpus: Gpu[]; reason?: string } {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader,nounits'];
  try {
    const options = { encoding: 'utf8', timeout: 20_000, stdio: 'pipe' } as const;
    const gpus = parseGpus(execFileSync('nvidia-smi', query, options));
    return gpus.length > 0 ? { gpus } : { gpus, reason: 'nvidia-smi lists no GPU' };
  } catch (error) {
    const missing = systemCodeOf(error) === 'ENOENT';
    const reason = missing ? 'no NVIDIA driver (nvidia-smi was not found)' : `nvidia-smi failed: ${messageOf(error)}`;
    return { gpus: [], reason };
  }
}

const mebibytesToBytes = (mebibytes: number | null): number | null => (mebibytes === null ? null : mebibytes * 2 ** 20);

/** Parses lines such as `NVIDIA H100, 550.54.15, 81559`; the memory is in MiB. */
export function parseGpus(text: string): Gpu[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .filter((parts) => parts.length === 3)
    .map(([name, driver, memory]) => ({
      name: smiText(name!) ?? 'unknown',
      driver: smiText(driver!) ?? 'unknown',
      memoryBytes: mebibytesToBytes(smiNumber(memory!)),
    }));
}

/** Parses lines of nvidia-smi such as `NVIDIA H100, 9.0`. Leaves out a GPU with an unknown number. */
export const parseComputeCapabilities = (text: string): { name: string; computeCapability: number }[] =>
  text.split('\n').flatMap((line) => {
    const [name = '', capability = ''] = line.split(',').map((part) => part.trim());
    const number = smiNumber(capability);
    return number === null ? [] : [{ name: smiText(name) ?? 'this GPU', computeCapability: number }];
  });

/** The compute capabilities of the machine's GPUs; empty without a driver that reports them. */
export function findComputeCapabilities(): { name: string; computeCapability: number }[] {
  try {
    const query = ['--query-gpu=name,compute_cap', '--format=csv,noheader'];
    return parseComputeCapabilities(
      execFileSync('nvidia-smi', query, { encoding: 'utf8', timeout: 20_000, stdio: 'pipe' }),
    );
  } catch {
    return [];
  }
}
