import { querySmi, type SmiAnswer, smiBytes, smiText } from './nvidia-smi.ts';

/** A GPU as nvidia-smi lists it, in the order of the PCI bus. */
export interface Gpu {
  readonly index: string;
  /** `GPU-...`. Unlike the index, it always means the same card. */
  readonly uuid: string;
  readonly name: string;
  readonly driver: string;
  /** Null if the driver does not report it, as on machines where GPU and CPU share their memory. */
  readonly memoryBytes: number | null;
  /** Such as `9.0`; null if the driver is too old to report it. */
  readonly computeCapability: string | null;
  /** Whether the card is split into instances (MIG). */
  readonly isSplit: boolean;
}

const FIELDS = ['index', 'uuid', 'name', 'driver_version', 'memory.total'] as const;
/** Fields that older drivers do not know. A driver that does not know a field refuses the whole query. */
const NEWER_FIELDS = ['compute_cap', 'mig.mode.current'] as const;
type Field = (typeof FIELDS)[number] | (typeof NEWER_FIELDS)[number];

function queryGpus(): SmiAnswer<Field> {
  const all = querySmi('gpu', [...FIELDS, ...NEWER_FIELDS]);
  if ('rows' in all) return all;
  const older = querySmi('gpu', FIELDS);
  if ('reason' in older) return older;
  return { rows: older.rows.map((row) => ({ ...row, compute_cap: '', 'mig.mode.current': '' })) };
}

/** All GPUs of this machine, or the reason why there are none. TensorFlow may be unable to use a listed GPU. */
export function listGpus(): { readonly gpus: readonly Gpu[]; readonly reason?: string } {
  const answer = queryGpus();
  if ('reason' in answer) return { gpus: [], reason: answer.reason };
  if (answer.rows.length === 0) return { gpus: [], reason: 'nvidia-smi lists no GPU' };
  return {
    gpus: answer.rows.map((row) => ({
      index: row.index,
      uuid: row.uuid,
      name: smiText(row.name) ?? 'unknown',
      driver: smiText(row.driver_version) ?? 'unknown',
      memoryBytes: smiBytes(row['memory.total']),
      computeCapability: smiText(row.compute_cap),
      isSplit: row['mig.mode.current'] === 'Enabled',
    })),
  };
}
