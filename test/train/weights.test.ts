import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { sha256Of } from '../../src/base/hash.ts';
import { encodeSafetensors, toFloat32, readSafetensors, type WritableTensor } from '../../src/base/safetensors.ts';
import { exportInitialWeights, importWeights } from '../../src/train/weights.ts';

const chosen = { network: 'shufflenet_v2_x0_5', options: { classes: 10 } };
let folder = '';
let warnings: string[] = [];
const warn = (line: string): void => {
  warnings.push(line);
};
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  warnings = [];
  folder = mkdtempSync(join(tmpdir(), 'doubletime-weights-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Stored {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A safetensors file with tensors of any type, after the specification. */
function fileOf(tensors: readonly Stored[]): Buffer {
  let end = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, dtype, shape, bytes }) => [
      name,
      { dtype, shape, data_offsets: [end, (end += bytes.length)] },
    ]),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...tensors.map(({ bytes }) => bytes)]);
}

/** Compares bytes, because vitest compares large buffers slowly. */
const expectSameBytes = (a: string, b: string): void => {
  expect(readFileSync(at(a)).equals(readFileSync(at(b)))).toBe(true);
};

/** Each tensor's type, shape and the hash of its bytes. */
const tensorHashes = (file: string): unknown =>
  Object.fromEntries(
    [...readSafetensors(file).tensors].map(([name, { dtype, shape, bytes }]) => [
      name,
      [dtype, shape, sha256Of(bytes)],
    ]),
  );

/** The error of importing a file; expects that nothing was written. */
function refusal(file: string): UserError {
  try {
    importWeights(file, chosen, at('out.safetensors'), warn);
  } catch (error) {
    expect(existsSync(at('out.safetensors'))).toBe(false);
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

/** The network's initial weights with a change. */
function changed(change: (tensors: Map<string, WritableTensor>) => void): string {
  exportInitialWeights(chosen, 0, at('right.safetensors'));
  const { tensors } = readSafetensors(at('right.safetensors'));
  const writable = new Map(
    [...tensors].map(([name, { dtype, shape, bytes }]): [string, WritableTensor] => {
      const { buffer, byteOffset } = bytes;
      const values = dtype === 'I64' ? new BigInt64Array(buffer, byteOffset) : new Float32Array(buffer, byteOffset);
      return [name, { shape, values }];
    }),
  );
  change(writable);
  writeFileSync(at('wrong.safetensors'), Buffer.concat(encodeSafetensors(writable)));
  return at('wrong.safetensors');
}

describe('weights', () => {
  it('are exported and imported to the same bits, with a counter for every batch norm', () => {
    exportInitialWeights(chosen, 7, at('first.safetensors'));
    const { tensors, metadata } = readSafetensors(at('first.safetensors'));
    expect(metadata['network']).toBe(chosen.network);
    const norms = [...tensors.keys()].filter((name) => name.endsWith('.running_var'));
    expect(norms.length).toBe(56);
    for (const name of norms) {
      const counter = tensors.get(name.replace('running_var', 'num_batches_tracked'));
      expect(counter).toMatchObject({ dtype: 'I64', shape: [] });
    }
    importWeights(at('first.safetensors'), chosen, at('second.safetensors'), warn);
    expectSameBytes('second.safetensors', 'first.safetensors');
  });

  it('are accepted without the counters', () => {
    const file = changed((tensors) => {
      for (const name of [...tensors.keys()]) if (name.endsWith('num_batches_tracked')) tensors.delete(name);
    });
    expect(importWeights(file, chosen, at('out.safetensors'), warn)).toMatch(/shufflenet_v2_x0_5/);
  });

  it('that do not fit are refused, naming every missing, extra and misshapen tensor', () => {
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
      /missing: conv1\.0\.weight, fc\.weight; extra: head\.weight; wrong shape or type: fc\.bias is \[2, 5\], expected \[10\]$/,
    );
  });

  it('of an integer type are refused', () => {
    const error = refusal(
      changed((tensors) => {
        tensors.set('fc.bias', { shape: [10], values: new BigInt64Array(10) });
      }),
    );
    expect(error.exitCode).toBe(ExitCode.data);
    expect(error.message).toMatch(/fc\.bias is I64, expected F32/);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
    ['truncated inside its header', (bytes: Buffer) => bytes.subarray(0, 100)],
    [
      'with a header longer than any file',
      (bytes: Buffer) => {
        const longer = Buffer.from(bytes);
        longer.writeBigUInt64LE(2n ** 62n);
        return longer;
      },
    ],
    ['not in safetensors format', () => Buffer.from('text in no known format')],
  ])('in a file that is %s are refused in one line', (_, damage) => {
    exportInitialWeights(chosen, 0, at('right.safetensors'));
    writeFileSync(at('wrong.safetensors'), damage(readFileSync(at('right.safetensors'))));
    const error = refusal(at('wrong.safetensors'));
    expect(error.exitCode).toBe(ExitCode.data);
    expect(error.message).toMatch(/wrong\.safetensors is a damaged safetensors file/);
    expect(error.message).not.toMatch(/\n/);
  });

  it('of every floating-point type become float32, and integers count batches', () => {
    exportInitialWeights(chosen, 3, at('right.safetensors'));
    const { tensors } = readSafetensors(at('right.safetensors'));
    // The types alternate. bfloat16 keeps the upper half of a float32, so only that half is expected.
    const expected = new Map<string, Float32Array>();
    const stored = [...tensors].map(([name, { dtype, shape, bytes }], i): Stored => {
      if (dtype === 'I64') return { name, dtype: 'F16', shape, bytes: Uint8Array.of(0, 0x45) };
      const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      if (i % 2 === 0) {
        expected.set(name, floats);
        // Less than half a step away, so rounding to the nearest returns the number.
        const doubles = Float64Array.from(floats, (value) => value * (1 + 2 ** -30));
        return { name, dtype: 'F64', shape, bytes: new Uint8Array(doubles.buffer) };
      }
      const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2).filter(
        (_, n) => n % 2 === 1,
      );
      expected.set(name, new Float32Array(Uint32Array.from(halves, (half) => half * 65536).buffer));
      return { name, dtype: 'BF16', shape, bytes: new Uint8Array(halves.buffer) };
    });
    writeFileSync(at('mixed.safetensors'), fileOf(stored));
    importWeights(at('mixed.safetensors'), chosen, at('out.safetensors'), warn);
    const { tensors: read } = readSafetensors(at('out.safetensors'));
    for (const [name, floats] of expected)
      expect([name, ...toFloat32(name, read.get(name)!)].join()).toBe([name, ...floats].join());
    const counters = [...read].filter(([name]) => name.endsWith('num_batches_tracked'));
    expect(counters.length).toBe(56);
    // 0x4500 is the binary16 number 5.
    for (const [, { dtype, bytes }] of counters)
      expect([dtype, Buffer.from(bytes).readBigInt64LE()]).toEqual(['I64', 5n]);
  });

  it('keep their counters through an import, even beyond 2^53', () => {
    const file = changed((tensors) => {
      let count = 2n ** 60n;
      for (const [name, tensor] of tensors)
        if (name.endsWith('num_batches_tracked')) tensors.set(name, { ...tensor, values: BigInt64Array.of(count++) });
    });
    importWeights(file, chosen, at('once.safetensors'), warn);
    importWeights(at('once.safetensors'), chosen, at('twice.safetensors'), warn);
    expect(tensorHashes(at('twice.safetensors'))).toEqual(tensorHashes(file));
    expect(warnings).toEqual([]);
  });

  const renamed = (rename: (name: string, index: number) => string): string =>
    changed((tensors) => {
      const all = [...tensors];
      tensors.clear();
      for (const [i, [name, tensor]] of all.entries()) tensors.set(rename(name, i), tensor);
    });

  it.each(['module.', '_orig_mod.', 'model.', 'module._orig_mod.', 'model._orig_mod.module.'])(
    'with the prefix %s on every name are accepted, and the summary says so',
    (prefix) => {
      const file = renamed((name) => prefix + name);
      const summary = importWeights(file, chosen, at('out.safetensors'), warn);
      expect(summary).toMatch(new RegExp(`; the prefix "${prefix}" was removed from every name$`));
      expectSameBytes('out.safetensors', 'right.safetensors');
    },
  );

  it.each([
    ['one name without it', (name: string, i: number) => (i === 7 ? name : `module.${name}`)],
    ['one name with it', (name: string, i: number) => (i === 7 ? `module.${name}` : name)],
    ['it twice in one name', (name: string, i: number) => (i === 7 ? `module.module.${name}` : `module.${name}`)],
  ])('with a prefix and %s are refused', (_, rename) => {
    const error = refusal(renamed(rename));
    expect(error.exitCode).toBe(ExitCode.data);
    expect(error.message).toMatch(/\d+ names begin with "module\..*" \(.*\) and \d+ do not \(.*\)/);
  });

  it('that do not fit are refused with at most ten names and the number of others', () => {
    const error = refusal(renamed((name) => `backbone.${name}`));
    expect(error.message.match(/backbone\.[a-z]/g)).toHaveLength(5);
    expect(error.message).toMatch(
      /missing: ([\w.]+, ){4}[\w.]+ and \d+ more; extra: ([\w.]+, ){4}[\w.]+ and \d+ more$/,
    );
  });

  it('with a counter that belongs to no batch norm are refused', () => {
    const values = BigInt64Array.of(1n);
    const error = refusal(changed((tensors) => tensors.set('fc.num_batches_tracked', { shape: [], values })));
    expect(error.message).toMatch(/extra: fc\.num_batches_tracked$/);
  });

  it('with NaN, infinite values or negative variances are accepted with a warning', () => {
    const file = changed((tensors) => {
      const variance = [...tensors.keys()].find((name) => name.endsWith('running_var'))!;
      const set = (name: string, value: number): void => {
        (tensors.get(name)!.values as Float32Array)[0] = value;
      };
      set(variance, -1e-30);
      set('fc.bias', NaN);
      set('fc.weight', -Infinity);
    });
    importWeights(file, chosen, at('out.safetensors'), warn);
    expect(warnings).toEqual([
      `${file}: NaN in fc.bias; infinite values in fc.weight; negative variances in conv1.1.running_var`,
    ]);
  });
});
