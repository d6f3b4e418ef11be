import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOtherKind } from '../../../src/base/files/file-kind.ts';
import { encodeSafetensors, readSafetensors } from '../../../src/base/files/safetensors.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-kind-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A local header of a zip archive (PKWARE's APPNOTE, 4.3.7) with its member's name and 200,000 bytes of it. */
const zipWith = (member: string, where: 'first' | 'last' = 'first'): Buffer => {
  const header = Buffer.alloc(30);
  header.write('PK\x03\x04');
  const names = where === 'first' ? [member, ''] : ['version', member];
  return Buffer.concat([header, Buffer.from(names[0]!), Buffer.alloc(200_000), Buffer.from(names[1]!)]);
};
const hex = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'hex'), Buffer.alloc(60)]);

it.each([
  ['model.pth', zipWith('archive/data.pkl'), /PyTorch file.*safetensors\.torch\.save_file/],
  ['lightning.ckpt', zipWith('x/data.pkl', 'last'), /PyTorch file.*safetensors\.torch\.save_file/],
  ['renamed.safetensors', zipWith('archive/data.pkl'), /PyTorch file/],
  // pickle.dumps of torch's magic number with protocol 2
  ['legacy.pt', hex('80028a0a6cfc9c46f9206aa850192e'), /pickle.*safetensors\.torch\.save_file/],
  ['pickle.bin', hex('8004950500000000000000'), /pickle/],
  ['weights.npz', zipWith('conv1.weight.npy'), /NumPy archive/],
  ['weights.npy', hex('934e554d505901007600'), /NumPy array/],
  ['model.keras', zipWith('model.weights.h5'), /Keras/],
  ['other.zip', zipWith('readme.txt'), /zip archive/],
  ['model.h5', hex('894844460d0a1a0a'), /HDF5/],
  ['model.gz', hex('1f8b0800'), /gzip/],
  [
    'lfs.safetensors',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n'),
    /Git LFS pointer.*git lfs pull/,
  ],
  [
    'model.safetensors.index.json',
    Buffer.from('{\n  "metadata": {},\n  "weight_map": {"a": "b"}\n}'),
    /index of a model in several files/,
  ],
  ['config.json', Buffer.from('{"hidden_size": 3}'), /JSON text/],
  ['page.safetensors', Buffer.from('<!DOCTYPE html><html>'), /web page/],
  ['model.ckpt.data-00000-of-00001', hex('01020304'), /TensorFlow checkpoint/],
  ['empty.safetensors', Buffer.alloc(0), /empty/],
])('%s: the error says what the file is', (name, bytes, message) => {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  expect(() => readSafetensors(file)).toThrow(message);
  expect(() => readSafetensors(file)).toThrow(/is not a safetensors file: it [^\n]*$/);
});

it.each([0x0280, 0x4b50, 0x8b1f])(
  'a damaged safetensors file with a header of %i bytes is not reported as another kind of file',
  (length) => {
    const file = join(folder, 'damaged.safetensors');
    const bytes = Buffer.concat(encodeSafetensors(new Map(), { pad: 'x'.repeat(length) }));
    bytes.writeBigUInt64LE(BigInt(length));
    writeFileSync(file, bytes);
    const handle = openSync(file, 'r');
    expect(describeOtherKind(handle, file)).toBeUndefined();
    closeSync(handle);
    expect(() => readSafetensors(file)).toThrow(/is a damaged safetensors file/);
  },
);

it('a FIFO is refused at once', () => {
  const fifo = join(folder, 'fifo.safetensors');
  execFileSync('mkfifo', [fifo]);
  expect(() => readSafetensors(fifo)).toThrow(/expected a regular file/);
});

it('a folder is refused', () => {
  expect(() => readSafetensors(folder)).toThrow(/is a folder, expected a regular file/);
});
