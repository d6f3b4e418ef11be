import { type Gpu, listGpus } from './gpus.ts';

/** The card that TensorFlow uses, or the reason why it is unknown. */
export type GpuInUse = { readonly gpu: Gpu } | { readonly reason: string };

/** Finds the card with a number of CUDA. `order`: CUDA_DEVICE_ORDER. */
function findByNumber(gpus: readonly Gpu[], number: string, order: string | undefined): GpuInUse {
  // nvidia-smi does not know CUDA's own order, "fastest first". With a single card the order does not matter.
  if (order !== undefined && order !== 'PCI_BUS_ID' && gpus.length > 1)
    return {
      reason: `CUDA_DEVICE_ORDER is ${order}, and CUDA then numbers the ${gpus.length} cards differently from nvidia-smi: unset it, or name the card by its UUID in CUDA_VISIBLE_DEVICES`,
    };
  const gpu = gpus[Number(number)];
  return gpu ? { gpu } : { reason: `CUDA_VISIBLE_DEVICES is ${number}, but nvidia-smi lists ${gpus.length} GPUs` };
}

/** Finds the card with a UUID, or the start of a UUID, as CUDA does. */
function findByUuid(gpus: readonly Gpu[], name: string): GpuInUse {
  const matches = gpus.filter(({ uuid }) => uuid.toLowerCase().startsWith(name.toLowerCase()));
  const [gpu] = matches;
  if (gpu && matches.length === 1) return { gpu };
  return { reason: `CUDA_VISIBLE_DEVICES is ${name}, which fits ${matches.length} of the GPUs of nvidia-smi` };
}

/**
 * Finds the card that TensorFlow uses: the first of CUDA_VISIBLE_DEVICES in the order of CUDA_DEVICE_ORDER. The default order is
 * PCI_BUS_ID, as in nvidia-smi.
 */
export function findGpuInUse(gpus = listGpus().gpus, env: NodeJS.ProcessEnv = process.env): GpuInUse {
  if (gpus.length === 0) return { reason: 'nvidia-smi lists no GPU' };
  const first = env['CUDA_VISIBLE_DEVICES']?.split(',')[0]?.trim() ?? '0';
  if (/^MIG-/i.test(first)) return { reason: splitReason(first) };
  const found = /^\d+$/.test(first) ? findByNumber(gpus, first, env['CUDA_DEVICE_ORDER']) : findByUuid(gpus, first);
  return 'gpu' in found && found.gpu.isSplit ? { reason: splitReason(found.gpu.name) } : found;
}

const splitReason = (name: string): string =>
  `${name} is an instance of a card that is split (MIG), and nvidia-smi measures only the whole card`;
