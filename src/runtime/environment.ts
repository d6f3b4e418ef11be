import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface RuntimeOptions {
  /** Threads within an op and between ops; default: all that this process may use. */
  readonly threads?: number;
  /** Default: `auto`, a GPU if TensorFlow finds one. */
  readonly device?: 'auto' | 'cpu' | 'gpu';
  /** Lets TensorFlow print all messages; default: only warnings and errors. */
  readonly verbose?: boolean;
}

/** The environment variables that TensorFlow reads once, while it is loaded. Variables that the user has set are kept. */
export function tensorFlowEnvironment(
  { threads = availableParallelism(), device = 'auto', verbose = false }: RuntimeOptions,
  given: NodeJS.ProcessEnv = process.env,
  gpu = device !== 'cpu' && mayFindGpu(given),
): Record<string, string> {
  const wanted: Record<string, string> = {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    ...determinism(gpu),
    // Hides the banner and the notes on oneDNN and CPU features; `doubletime doctor` and the debug log show them.
    TF_CPP_MIN_LOG_LEVEL: verbose ? '0' : '2',
    // Numbers GPUs as nvidia-smi does, which reports the power by GPU number. CUDA's default order is by speed.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // Otherwise TensorFlow allocates all GPU memory, even if other processes share the GPU.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
  const kept = Object.entries(wanted).filter(([name]) => given[name] === undefined);
  return {
    ...Object.fromEntries(kept),
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
  };
}

/**
 * The same seed must give the same measurement. On a CPU, TensorFlow refuses or replaces kernels with a random order of
 * summation. On a GPU this setting would refuse SoftmaxCrossEntropyWithLogits, and so every training step ("not
 * deterministic", xent_op.cc). There only cuDNN is restricted to deterministic algorithms, and the last bits may differ between
 * runs.
 */
const determinism = (gpu: boolean): Record<string, string> =>
  gpu ? { TF_CUDNN_DETERMINISTIC: '1' } : { TF_DETERMINISTIC_OPS: '1' };

/** Whether NVIDIA's driver is installed and its GPUs are not hidden. Needed before TensorFlow is loaded. */
function mayFindGpu({ CUDA_VISIBLE_DEVICES: visible }: NodeJS.ProcessEnv): boolean {
  const hidden = visible === '' || visible === '-1';
  return !hidden && ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((file) => existsSync(file));
}
