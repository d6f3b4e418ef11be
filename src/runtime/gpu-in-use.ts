import { spawnSync } from 'node:child_process';
import { smiNumber, smiText } from '../base/nvidia-smi.ts';

/** A GPU as nvidia-smi lists it, in the order of the PCI bus. */
export interface ListedGpu {
  readonly index: string;
  /** `GPU-...`. Unlike the index, it always means the same card. */
  readonly uuid: string;
  readonly name: string;
  readonly driver: string;
  readonly memoryBytes: number | null;
  /** Such as `9.0`; null if the driver is too old to report it. */
  readonly computeCapability: string | null;
  /** Whether the card is split into instances (MIG). */
  readonly isSplit: boolean;
}

const FIELDS = ['index', 'uuid', 'name', 'driver_version', 'memory.total'] as const;
/** Fields that older drivers do not know. */
const NEWER_FIELDS = ['compute_cap', 'mig.mode.current'] as const;

function query(fields: readonly string[]): string[][] | undefined {
  const options = { encoding: 'utf8', timeout: 20_000 } as const;
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    [`--query-gpu=${fields.join()}`, '--format=csv,noheader,nounits'],
    options,
  );
  if (status !== 0) return undefined;
  const rows = stdout.split('\n').map((line) => line.split(',').map((part) => part.trim()));
  return rows.filter((row) => row.length === fields.length);
}

/** All GPUs of this machine; empty without nvidia-smi. */
export function listGpus(): ListedGpu[] {
  const rows = query([...FIELDS, ...NEWER_FIELDS]) ?? query(FIELDS) ?? [];
  return rows.map(([index = '', uuid = '', name = '', driver = '', memory = '', capability = '', mig = '']) => {
    const mebibytes = smiNumber(memory);
    return {
      ...{ index, uuid, name: smiText(name) ?? 'unknown', driver: smiText(driver) ?? 'unknown' },
      memoryBytes: mebibytes === null ? null : mebibytes * 2 ** 20,
      computeCapability: smiText(capability),
      isSplit: mig === 'Enabled',
    };
  });
}

/** The card that TensorFlow uses, or the reason why it is unknown. */
export type GpuInUse = { readonly gpu: ListedGpu } | { readonly reason: string };

/** Finds the card with a number of CUDA. `order`: CUDA_DEVICE_ORDER. */
function findByNumber(gpus: readonly ListedGpu[], number: string, order: string | undefined): GpuInUse {
  // nvidia-smi does not know CUDA's own order, "fastest first". With a single card the order does not matter.
  if (order !== undefined && order !== 'PCI_BUS_ID' && gpus.length > 1)
    return {
      reason: `CUDA_DEVICE_ORDER is ${order}, and CUDA then numbers the ${gpus.length} cards differently from nvidia-smi: unset it, or name the card by its UUID in CUDA_VISIBLE_DEVICES`,
    };
  const gpu = gpus[Number(number)];
  return gpu ? { gpu } : { reason: `CUDA_VISIBLE_DEVICES is ${number}, but nvidia-smi lists ${gpus.length} GPUs` };
}

/** Finds the card with a UUID, or the start of a UUID, as CUDA does. */
function findByUuid(gpus: readonly ListedGpu[], name: string): GpuInUse {
  const matches = gpus.filter(({ uuid }) => uuid.toLowerCase().startsWith(name.toLowerCase()));
  const [gpu] = matches;
  if (gpu && matches.length === 1) return { gpu };
  return { reason: `CUDA_VISIBLE_DEVICES is ${name}, which fits ${matches.length} of the GPUs of nvidia-smi` };
}

/**
 * Finds the card that TensorFlow uses: the first of CUDA_VISIBLE_DEVICES in the order of CUDA_DEVICE_ORDER. The default order is
 * PCI_BUS_ID, as in nvidia-smi.
 */
export function findGpuInUse(gpus = listGpus(), env: NodeJS.ProcessEnv = process.env): GpuInUse {
  if (gpus.length === 0) return { reason: 'nvidia-smi lists no GPU' };
  const first = env['CUDA_VISIBLE_DEVICES']?.split(',')[0]?.trim() ?? '0';
  if (/^MIG-/i.test(first)) return { reason: splitReason(first) };
  const found = /^\d+$/.test(first) ? findByNumber(gpus, first, env['CUDA_DEVICE_ORDER']) : findByUuid(gpus, first);
  return 'gpu' in found && found.gpu.isSplit ? { reason: splitReason(found.gpu.name) } : found;
}

const splitReason = (name: string): string =>
  `${name} is an instance of a card that is split (MIG), and nvidia-smi measures only the whole card`;
