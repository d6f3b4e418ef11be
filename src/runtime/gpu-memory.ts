import { execFileSync } from 'node:child_process';
import { ExitCode, UserError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { smiNumber, smiText } from '../base/nvidia-smi.ts';

/** The messages of CUDA's driver and of TensorFlow's allocator about a GPU without enough free memory. */
const NO_MEMORY = /out of memory|OUT_OF_MEMORY|RESOURCE_EXHAUSTED|ResourceExhausted/;

/** A process that uses a GPU. */
export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
  /** GPU memory in use; null if the driver does not report it. */
  readonly bytes: number | null;
}

/** Parses lines of nvidia-smi such as `4711, python3, 70123`; the memory is in MiB. */
export const parseGpuProcesses = (text: string): GpuProcess[] =>
  text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .flatMap(([pid, name, memory]) => {
      const mebibytes = smiNumber(memory ?? '');
      const number = smiNumber(pid ?? '');
      return number === null
        ? []
        : [
            {
              pid: number,
              name: smiText(name ?? '') ?? 'unknown',
              bytes: mebibytes === null ? null : mebibytes * 2 ** 20,
            },
          ];
    });

/** The processes that compute on the GPUs; empty if nvidia-smi does not report them. */
function findGpuProcesses(): GpuProcess[] {
  const query = ['--query-compute-apps=pid,process_name,used_memory', '--format=csv,noheader,nounits'];
  try {
    return parseGpuProcesses(execFileSync('nvidia-smi', query, { encoding: 'utf8', timeout: 20_000, stdio: 'pipe' }));
  } catch {
    return [];
  }
}

const describe = ({ pid, name, bytes }: GpuProcess): string =>
  `process ${pid} (${name}${bytes === null ? '' : `, ${formatBytes(bytes)}`})`;

/**
 * Converts TensorFlow's message about a GPU without free memory to an error that names the processes that use the memory. Undefined
 * for any other message.
 */
export function explainFullGpu(
  message: string,
  processes: () => readonly GpuProcess[] = findGpuProcesses,
): UserError | undefined {
  if (!NO_MEMORY.test(message)) return undefined;
  const others = processes().filter(({ pid }) => pid !== process.pid);
  const users = others.length === 0 ? 'another process' : others.map(describe).join(', ');
  return new UserError(
    `the GPU has no free memory, because it is used by ${users}: wait until it ends, stop it, choose another GPU with CUDA_VISIBLE_DEVICES,` +
      ` or limit each process to a share of the card with execution.gpuMemory (0.45, or "20GiB") [${message.slice(0, 200)}]`,
    ExitCode.unavailable,
  );
}
