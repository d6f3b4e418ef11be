import { ExitCode, UserError } from '../../base/errors.ts';
import { formatBytes } from '../../base/text/format.ts';
import { querySmi, smiBytes, smiNumber, smiText } from './nvidia-smi.ts';

/** The messages of CUDA's driver and of TensorFlow's allocator about a GPU without enough free memory. */
const NO_MEMORY = /out of memory|OUT_OF_MEMORY|RESOURCE_EXHAUSTED|ResourceExhausted/;

/** A process that uses a GPU. */
export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
  /** GPU memory in use; null if the driver does not report it. */
  readonly bytes: number | null;
}

/** The processes that compute on the GPUs; empty if nvidia-smi does not report them. */
export function listGpuProcesses(): GpuProcess[] {
  const answer = querySmi('compute-apps', ['pid', 'process_name', 'used_memory']);
  const rows = 'rows' in answer ? answer.rows : [];
  return rows.flatMap((row) => {
    const pid = smiNumber(row.pid);
    return pid === null
      ? []
      : [{ pid, name: smiText(row.process_name) ?? 'unknown', bytes: smiBytes(row.used_memory) }];
  });
}

const describe = ({ pid, name, bytes }: GpuProcess): string =>
  `process ${pid} (${name}${bytes === null ? '' : `, ${formatBytes(bytes)}`})`;

/**
 * Converts TensorFlow's message about a GPU without free memory to an error that names the processes that use the memory. Undefined
 * for any other message.
 */
export function explainFullGpu(
  message: string,
  processes: () => readonly GpuProcess[] = listGpuProcesses,
): UserError | undefined {
  if (!NO_MEMORY.test(message)) return undefined;
  const others = processes().filter(({ pid }) => pid !== process.pid);
  const users = others.length === 0 ? 'another process' : others.map(describe).join(', ');
  return new UserError(
    `the GPU has no free memory, because it is used by ${users}: wait until it ends, stop it, choose another GPU with CUDA_VISIBLE_DEVICES,` +
      ` or limit each process to a fraction of the card with execution.gpuMemory (0.45, or "20GiB") [${message.slice(0, 200)}]`,
    ExitCode.unavailable,
  );
}
