import { createHash } from 'node:crypto';
import { dataError, messageOf, UserError } from '../../base/errors.ts';
import { replaceFile } from '../../base/files/files.ts';
import { encodeSafetensors, toFloat32, readSafetensors } from '../../base/files/safetensors.ts';
import type { StateTensor } from '../../engine/engine.ts';
import { runStateSchema, type RunState } from './run-state.ts';

const FORMAT = 'doubletime-checkpoint';
const VERSION = '1';
/** The text in the place of the checksum while the checksum is computed. */
const NO_CHECKSUM = '0'.repeat(64);
const CHECKSUM_KEY = Buffer.from('"sha256":"');

/** Everything that is needed to resume a run at one step. */
export interface Checkpoint {
  /** Hash of the part of the config that determines the tensors (`configHash` in reconcile.ts). */
  readonly configHash: string;
  readonly state: RunState;
  /** Weights, statistics, optimizer slots and averages, with PyTorch's names and layout. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
}

/** The offset of the checksum's 64 digits in a header, in bytes. @throws RangeError if there is no checksum. */
function findChecksum(head: Uint8Array): number {
  const at = Buffer.from(head.buffer, head.byteOffset, head.byteLength).indexOf(CHECKSUM_KEY);
  if (at < 0 || at + CHECKSUM_KEY.length + NO_CHECKSUM.length > head.length) throw new RangeError('it has no checksum');
  return at + CHECKSUM_KEY.length;
}

/** The sha256 of the whole file with zeros in the place of the checksum, so it depends on every other bit of the file. */
function computeChecksum(head: Uint8Array, data: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  const cleared = Buffer.from(head);
  cleared.write(NO_CHECKSUM, findChecksum(head));
  hash.update(cleared);
  for (const bytes of data) hash.update(bytes);
  return hash.digest('hex');
}

/**
 * Writes a checkpoint as one safetensors file with the run's state in its metadata. The write is atomic: after a crash the file is
 * complete or does not exist.
 * @throws UserError exit code 74 (73 if the folder cannot be written).
 */
export function writeCheckpoint(
  file: string,
  { configHash, state, tensors }: Checkpoint,
  requireHeld?: () => void,
): void {
  const metadata = {
    sha256: NO_CHECKSUM,
    format: FORMAT,
    version: VERSION,
    config: configHash,
    state: JSON.stringify(state),
  };
  const [head, ...data] = encodeSafetensors(tensors, metadata);
  Buffer.from(head!.buffer, head!.byteOffset, head!.byteLength).write(
    computeChecksum(head!, data),
    findChecksum(head!),
  );
  replaceFile(file, [head!, ...data], requireHeld && { check: requireHeld });
}

/**
 * Reads a checkpoint and verifies every byte of it.
 * @throws UserError exit code 65 if the file is truncated, damaged, of another version, or not a checkpoint.
 */
export function readCheckpoint(file: string): Checkpoint {
  const { metadata, tensors, head } = readSafetensors(file);
  if (metadata['format'] !== FORMAT)
    throw dataError(`${file} is not a doubletime checkpoint: its format is ${metadata['format'] ?? 'missing'}`);
  if (metadata['version'] !== VERSION)
    throw dataError(
      `${file} has checkpoint version ${metadata['version'] ?? '?'}, expected ${VERSION}: use the doubletime that wrote it`,
    );
  const data = [...tensors.values()].map(({ bytes }) => bytes);
  try {
    if (computeChecksum(head, data) !== metadata['sha256']) throw new RangeError('its checksum is wrong');
    return {
      configHash: metadata['config'] ?? '',
      state: runStateSchema.parse(JSON.parse(metadata['state'] ?? '')),
      tensors: new Map(
        [...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, values: toFloat32(name, tensor) }]),
      ),
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw dataError(`${file} is damaged: ${messageOf(error)}`, error);
  }
}
