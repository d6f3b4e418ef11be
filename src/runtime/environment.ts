import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { encodeSessionConfig, type SessionOptions } from './session-options.ts';

export interface RuntimeOptions {
  /** Threads, GPU memory and what else TensorFlow's sessions are opened with. */
  readonly session?: SessionOptions;
  /** Only kernels that give the same bits in every run, also on a GPU. */
  readonly deterministic?: boolean;
  /** Whether a step ends before a GPU has computed it, unless its results are read. */
  readonly queuesSteps?: boolean;
  /** Default: `auto`, a GPU if TensorFlow finds one. */
  readonly device?: 'auto' | 'cpu' | 'gpu';
  /** Lets TensorFlow print all messages; default: only warnings and errors. */
  readonly verbose?: boolean;
}

const THREADS = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'];

/**
 * The environment variables that TensorFlow reads once, while it is loaded. Variables that the user has set are kept, but what
 * a config says about threads, determinism and XLA replaces them.
 */
export function tensorFlowEnvironment(
  { session = {}, device = 'auto', verbose = false, deterministic = false, queuesSteps = false }: RuntimeOptions,
  given: NodeJS.ProcessEnv = process.env,
  gpu = device !== 'cpu' && mayFindGpu(given),
): Record<string, string> {
  const { threads, interOpThreads, gpuMemory } = session;
  const cores = availableParallelism();
  const wanted: Record<string, string> = {
    TF_NUM_INTRAOP_THREADS: String(threads ?? cores),
    TF_NUM_INTEROP_THREADS: String(interOpThreads ?? threads ?? cores),
    OMP_NUM_THREADS: String(threads ?? cores),
    ...determinism(gpu && !deterministic),
    ...(queuesSteps ? { TF_SYNC_ON_FINISH: 'false' } : {}),
    // Hides the banner and the notes on oneDNN and CPU features; `doubletime doctor` and the debug log show them.
    // Of XLA, the warnings count: it warns where it cannot compile.
    TF_CPP_MIN_LOG_LEVEL: verbose ? '0' : session.compile === undefined ? '2' : '1',
    // Numbers GPUs as nvidia-smi does, which reports the power by GPU number. CUDA's default order is by speed.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // Otherwise TensorFlow allocates all GPU memory, even if other processes share the GPU.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
  const chosen = new Set([
    ...(threads === undefined ? [] : THREADS),
    ...(interOpThreads === undefined ? [] : ['TF_NUM_INTEROP_THREADS']),
    ...(deterministic ? ['TF_DETERMINISTIC_OPS'] : []),
    ...(session.compile === undefined ? [] : ['TF_CPP_MIN_LOG_LEVEL']),
  ]);
  const kept = Object.entries(wanted).filter(([name]) => given[name] === undefined || chosen.has(name));
  const context = encodeSessionConfig({ threads, interOpThreads, gpuMemory });
  return {
    ...Object.fromEntries(kept),
    DOUBLETIME_CONTEXT_CONFIG: Buffer.from(context).toString('hex'),
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
  };
}

/**
 * The same seed must give the same measurement. TensorFlow refuses or replaces kernels with a random order of summation. On a
 * GPU this setting would refuse SoftmaxCrossEntropyWithLogits ("not deterministic", xent_op.cc), which a recipe without
 * `deterministic` uses. Then only cuDNN is restricted to deterministic algorithms, and the last bits may differ between runs.
 */
const determinism = (onlyCudnn: boolean): Record<string, string> =>
  onlyCudnn ? { TF_CUDNN_DETERMINISTIC: '1' } : { TF_DETERMINISTIC_OPS: '1' };

/** Whether NVIDIA's driver is installed and its GPUs are not hidden. Needed before TensorFlow is loaded. */
function mayFindGpu({ CUDA_VISIBLE_DEVICES: visible }: NodeJS.ProcessEnv): boolean {
  const hidden = visible === '' || visible === '-1';
  return !hidden && ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((file) => existsSync(file));
}
