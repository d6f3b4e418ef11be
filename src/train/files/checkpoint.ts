import { createHash } from 'node:crypto';
import { dataError, messageOf, UserError } from '../../base/errors.ts';
import { replaceFile } from '../../base/files.ts';
import { encodeSafetensors, toFloat32, readSafetensors } from '../../base/safetensors.ts';
import type { StateTensor } from '../../engine/engine.ts';
import { runStateSchema, type RunState } from './run-state.ts';

const FORMAT = 'doubletime-checkpoint';
const VERSION = '1';
/** What the checksum counts as while it is computed. */
const NO_CHECKSUM = '0'.repeat(64);
const CHECKSUM_KEY = Buffer.from('"sha256":"');

/** A run at one step, whole. */
export interface Checkpoint {
  /** Hash of all of the config that a result can depend on. */
  readonly configHash: string;
  readonly state: RunState;
  /** Weights, statistics, optimizer slots and averages, in PyTorch's names and layout. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
}

/** Where in a header the checksum's 64 digits stand. */
function checksumAt(head: Uint8Array): number {
  const at = Buffer.from(head.buffer, head.byteOffset, head.byteLength).indexOf(CHECKSUM_KEY);
  if (at < 0 || at + CHECKSUM_KEY.length + NO_CHECKSUM.length > head.length) throw new RangeError('it has no checksum');
  return at + CHECKSUM_KEY.length;
}

/** sha256 of a whole file, with zeros where it is itself written: any changed bit of the file shows. */
function checksumOf(head: Uint8Array, data: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  const cleared = Buffer.from(head);
  cleared.write(NO_CHECKSUM, checksumAt(head));
  hash.update(cleared);
  for (const bytes of data) hash.update(bytes);
  return hash.digest('hex');
}

/**
 * Writes a checkpoint in one file, safetensors with position and ledger in its metadata, so that the name stands for the
 * whole file or for none.
 * @throws UserError exit code 74 (73 where the folder cannot be written).
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
  Buffer.from(head!.buffer, head!.byteOffset, head!.byteLength).write(checksumOf(head!, data), checksumAt(head!));
  replaceFile(file, [head!, ...data], requireHeld && { check: requireHeld });
}

/**
 * Reads a checkpoint and checks every byte of it.
 * @throws UserError exit code 65: cut off, damaged, of another version, or no checkpoint at all.
 */
export function readCheckpoint(file: string): Checkpoint {
  const { metadata, tensors, head } = readSafetensors(file);
  if (metadata['format'] !== FORMAT) throw dataError(`${file} is no checkpoint of doubletime`);
  if (metadata['version'] !== VERSION)
    throw dataError(`${file} is of version ${metadata['version'] ?? '?'}; this doubletime reads version ${VERSION}`);
  const data = [...tensors.values()].map(({ bytes }) => bytes);
  try {
    if (checksumOf(head, data) !== metadata['sha256']) throw new RangeError('its checksum is wrong');
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
