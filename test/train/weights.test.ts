import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import {
  encodeSafetensors,
  readSafetensors,
  type WritableTensor,
} from '../../src/base/safetensors.ts';
import { exportInitialWeights, importWeights } from '../../src/train/weights.ts';

const chosen = { network: 'shufflenet_v2_x0_5', options: { classes: 10 } };
let folder = '';
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-weights-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What the import of a file says; nothing may have been written. */
function refusal(file: string): UserError {
  try {
    importWeights(file, chosen, at('out.safetensors'));
  } catch (error) {
    expect(existsSync(at('out.safetensors'))).toBe(false);
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the file was taken');
}

/** The network's first weights with something changed. */
function changed(change: (tensors: Map<string, WritableTensor>) => void): string {
  exportInitialWeights(chosen, 0, at('right.safetensors'));
  const { tensors } = readSafetensors(at('right.safetensors'));
  const writable = new Map(
    [...tensors].map(([name, { dtype, shape, bytes }]): [string, WritableTensor] => {
      const { buffer, byteOffset } = bytes;
      const values =
        dtype === 'I64'
          ? new BigInt64Array(buffer, byteOffset)
          : new Float32Array(buffer, byteOffset);
      return [name, { shape, values }];
    }),
  );
  change(writable);
  writeFileSync(at('wrong.safetensors'), Buffer.concat(encodeSafetensors(writable)));
  return at('wrong.safetensors');
}

describe('weights', () => {
  it('come back from a file bit by bit, with a counter for every batch norm', () => {
    exportInitialWeights(chosen, 7, at('first.safetensors'));
    const { tensors, metadata } = readSafetensors(at('first.safetensors'));
    expect(metadata['network']).toBe(chosen.network);
    const norms = [...tensors.keys()].filter((name) => name.endsWith('.running_var'));
    expect(norms.length).toBe(56);
    for (const name of norms) {
      const counter = tensors.get(name.replace('running_var', 'num_batches_tracked'));
      expect(counter).toMatchObject({ dtype: 'I64', shape: [] });
    }
    importWeights(at('first.safetensors'), chosen, at('second.safetensors'));
    expect(readFileSync(at('second.safetensors'))).toEqual(readFileSync(at('first.safetensors')));
  });

  it('without the counters are taken too', () => {
    const file = changed((tensors) => {
      for (const name of [...tensors.keys()])
        if (name.endsWith('num_batches_tracked')) tensors.delete(name);
    });
    expect(importWeights(file, chosen, at('out.safetensors'))).toMatch(/shufflenet_v2_x0_5/);
  });

  it('that do not fit are refused with every missing, extra and misshapen tensor', () => {
    const error = refusal(
      changed((tensors) => {
        tensors.delete('conv1.0.weight');
        tensors.delete('fc.weight');
        tensors.set('head.weight', { shape: [1], values: Float32Array.of(1) });
        tensors.set('fc.bias', { shape: [2, 5], values: new Float32Array(10) });
      }),
    );
    expect(error.exitCode).toBe(ExitCode.data);
    expect(error.message).toMatch(
      /missing: conv1\.0\.weight, fc\.weight; extra: head\.weight; misshapen: fc\.bias is \[2, 5\] instead of \[10\]$/,
    );
  });

  it('of another type are refused', () => {
    const error = refusal(
      changed((tensors) => {
        tensors.set('fc.bias', { shape: [10], values: new BigInt64Array(10) });
      }),
    );
    expect(error.exitCode).toBe(ExitCode.data);
    expect(error.message).toMatch(/fc\.bias is I64 instead of F32/);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
    ['cut off inside its header', (bytes: Buffer) => bytes.subarray(0, 100)],
    ['empty', () => Buffer.alloc(0)],
    [
      'of a header longer than any file',
      (bytes: Buffer) => {
        const longer = Buffer.from(bytes);
        longer.writeBigUInt64LE(2n ** 62n);
        return longer;
      },
    ],
    ['no safetensors at all', () => Buffer.from('PK\x03\x04 this is a zip of a pickle')],
  ])('in a file that is %s are refused in one line', (_, damage) => {
    exportInitialWeights(chosen, 0, at('right.safetensors'));
    writeFileSync(at('wrong.safetensors'), damage(readFileSync(at('right.safetensors'))));
    const error = refusal(at('wrong.safetensors'));
    expect(error.exitCode).toBe(ExitCode.data);
    expect(error.message).toMatch(/wrong\.safetensors is no whole safetensors file/);
    expect(error.message).not.toMatch(/\n/);
  });
});
