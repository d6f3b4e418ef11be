import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { encodeSessionConfig, type SessionOptions } from './session-options.ts';
import { toggleOf, valueOf } from './variables.ts';

/** How TensorFlow is loaded. */
export interface RuntimeOptions {
  /** Options of TensorFlow's sessions, such as threads and GPU memory. */
  readonly session?: SessionOptions;
  /** Whether only kernels are used that give the same bits in every run, also on a GPU. */
  readonly deterministic?: boolean;
  /** Whether a call of a step may return before the GPU has computed it. Reading a result still waits for the GPU. */
  readonly queuesSteps?: boolean;
  /** Default: `auto`, which is a GPU if TensorFlow finds one. */
  readonly device?: 'auto' | 'cpu' | 'gpu';
  /** Whether TensorFlow prints all messages; default: only warnings and errors. */
  readonly verbose?: boolean;
}

const THREADS = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'];

/**
 * The environment variables to set before TensorFlow is loaded; it reads them only then. Variables that the user has set stay
 * unchanged, except if the options set threads, determinism or XLA. An empty variable counts as not set.
 */
export function tensorFlowEnvironment(
  { session = {}, device = 'auto', verbose = false, deterministic = false, queuesSteps = false }: RuntimeOptions,
  environment: NodeJS.ProcessEnv = process.env,
  gpu = device !== 'cpu' && mayFindGpu(environment),
): Record<string, string> {
  const { threads, interOpThreads, gpuMemory } = session;
  const cores = availableParallelism();
  const defaults: Record<string, string> = {
    TF_NUM_INTRAOP_THREADS: String(threads ?? cores),
    TF_NUM_INTEROP_THREADS: String(interOpThreads ?? threads ?? cores),
    OMP_NUM_THREADS: String(threads ?? cores),
    ...determinism(gpu && !deterministic),
    ...(queuesSteps ? { TF_SYNC_ON_FINISH: 'false' } : {}),
    ...(usesOneDnn(environment) ? { TF_ENABLE_ONEDNN_OPTS: '1' } : {}),
    // Hides the banner and the notes on oneDNN and CPU features; `doubletime doctor` and the debug log show them.
    // Warnings of XLA are shown: it warns about ops that it cannot compile.
    TF_CPP_MIN_LOG_LEVEL: verbose ? '0' : session.compile === undefined ? '2' : '1',
    // Only this level names the CUDA libraries that TensorFlow cannot open.
    ...(verbose ? { TF_CPP_VMODULE: 'dso_loader=1' } : {}),
    // Numbers the GPUs in the order of nvidia-smi. CUDA's default order is by speed.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // Otherwise TensorFlow allocates all GPU memory, even if other processes share the GPU.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
  const setByOptions = new Set([
    ...(threads === undefined ? [] : THREADS),
    ...(interOpThreads === undefined ? [] : ['TF_NUM_INTEROP_THREADS']),
    ...(deterministic ? ['TF_DETERMINISTIC_OPS'] : []),
    ...(session.compile === undefined ? [] : ['TF_CPP_MIN_LOG_LEVEL']),
  ]);
  const changed = Object.entries(defaults).filter(
    ([name]) => valueOf(name, environment) === undefined || setByOptions.has(name),
  );
  const context = encodeSessionConfig({ threads, interOpThreads, gpuMemory });
  return {
    ...Object.fromEntries(changed),
    DOUBLETIME_CONTEXT_CONFIG: Buffer.from(context).toString('hex'),
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
  };
}

/**
 * The variables for determinism, so that the same seed gives the same measurement. With TF_DETERMINISTIC_OPS, TensorFlow refuses or
 * replaces kernels with a random order of summation. On a GPU it would also refuse SoftmaxCrossEntropyWithLogits ("not
 * deterministic", xent_op.cc), which a recipe without `deterministic` uses. Such a recipe restricts only cuDNN to deterministic
 * algorithms on a GPU, and the last bits may differ between runs.
 */
const determinism = (onlyCudnn: boolean): Record<string, string> =>
  onlyCudnn ? { TF_CUDNN_DETERMINISTIC: '1' } : { TF_DETERMINISTIC_OPS: '1' };

/** Whether the environment variables ask TensorFlow for kernels that give the same bits in every run. */
export const usesDeterministicOps = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  toggleOf('TF_DETERMINISTIC_OPS', environment) === true;

/**
 * Whether TensorFlow uses oneDNN's kernels on a CPU: on x86, unless the user switches them off. TensorFlow itself switches them on only on
 * processors with AVX512_VNNI or newer (cpu_info.cc). Its own kernels, which the others would get, have no gradient of a grouped
 * convolution. On ARM, oneDNN has other kernels, and TensorFlow decides.
 */
export const usesOneDnn = (environment: NodeJS.ProcessEnv = process.env, arch: string = process.arch): boolean =>
  arch === 'x64' && toggleOf('TF_ENABLE_ONEDNN_OPTS', environment) !== false;

/** Whether NVIDIA's driver is installed and its GPUs are not hidden. This is known before TensorFlow is loaded. */
function mayFindGpu({ CUDA_VISIBLE_DEVICES: visible }: NodeJS.ProcessEnv): boolean {
  const hidden = visible === '' || visible === '-1';
  return !hidden && ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((file) => existsSync(file));
}
