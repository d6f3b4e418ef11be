import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface RuntimeOptions {
  /** Threads within an op and between ops; default: what the machine lets this process use. */
  readonly threads?: number;
  /** Default `auto`: the GPU where TensorFlow finds one. */
  readonly device?: 'auto' | 'cpu' | 'gpu';
  /** Lets TensorFlow say everything; default: only what went wrong. */
  readonly verbose?: boolean;
}

/** The environment that TensorFlow reads once, while it is loaded. What the user has set stays. */
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
    // The banner and the notes on oneDNN and CPU features: `doubletime doctor` and the debug log show them instead.
    TF_CPP_MIN_LOG_LEVEL: verbose ? '0' : '2',
    // CUDA would number GPUs by their speed; nvidia-smi, whose power readings are asked for by number, goes by the bus.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // TensorFlow would otherwise take all of a GPU's memory, also when others share it.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  };
  const kept = Object.entries(wanted).filter(([name]) => given[name] === undefined);
  return {
    ...Object.fromEntries(kept),
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : {}),
  };
}

/**
 * The same seed must give the same measurement. On a CPU kernels whose sums depend on chance are refused or replaced. On a
 * GPU that would refuse SoftmaxCrossEntropyWithLogits, and so every training step ("not deterministic", xent_op.cc): there
 * only cuDNN is held to algorithms that do not depend on chance, and last bits may differ from run to run.
 */
const determinism = (gpu: boolean): Record<string, string> =>
  gpu ? { TF_CUDNN_DETERMINISTIC: '1' } : { TF_DETERMINISTIC_OPS: '1' };

/** Whether NVIDIA's driver is there and its GPUs are not hidden; asked before TensorFlow can say. */
function mayFindGpu({ CUDA_VISIBLE_DEVICES: visible }: NodeJS.ProcessEnv): boolean {
  const hidden = visible === '' || visible === '-1';
  return !hidden && ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'].some((file) => existsSync(file));
}
