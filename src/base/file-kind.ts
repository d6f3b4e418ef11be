import { fstatSync, readSync } from 'node:fs';

const SAVE = 'load it in Python and save its state dict with safetensors.torch.save_file';

/** Bytes that are read at the start and at the end of a file: enough to recognize its kind. */
const LOOK_BYTES = 65_536;

interface Look {
  readonly name: string;
  readonly head: Buffer;
  readonly tail: Buffer;
}

interface Kind {
  readonly is: (look: Look) => boolean;
  /** A text that begins with `is` and says how to fix it. */
  readonly text: string;
}

const starts =
  (...bytes: readonly number[]) =>
  ({ head }: Look): boolean =>
    head.subarray(0, bytes.length).equals(Buffer.from(bytes));
const startsWith =
  (text: string, at = 0) =>
  ({ head }: Look): boolean =>
    head.subarray(at, at + text.length).toString('latin1') === text;

const isZip = startsWith('PK\x03\x04');
/** The directory of a zip archive, with the names of its members, is at its end. */
const zipWith =
  (...members: readonly string[]) =>
  (look: Look): boolean =>
    isZip(look) && members.some((member) => look.head.includes(member) || look.tail.includes(member));

/** From the most specific to the most general. The magic numbers are those of file(1). */
const kinds: readonly Kind[] = [
  { is: ({ head }) => head.length === 0, text: 'is empty: copy or download it again' },
  {
    is: zipWith('data.pkl', 'constants.pkl'),
    text: `is a PyTorch file (a pickle in a zip archive): ${SAVE}`,
  },
  { is: zipWith('.npy'), text: `is a NumPy archive (.npz): ${SAVE}` },
  {
    is: zipWith('model.weights.h5'),
    text: 'is a Keras file: PyTorch’s names and layout are needed',
  },
  { is: isZip, text: 'is a zip archive: unpack it and name the safetensors file in it' },
  // The pickle protocol's PROTO opcode, with protocols 2 to 5 (Python, pickletools).
  {
    is: ({ head }) => head.length > 8 && head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    text: `is a pickle, as PyTorch wrote before version 1.6: ${SAVE}`,
  },
  {
    is: starts(0x89, 0x48, 0x44, 0x46),
    text: 'is an HDF5 file (Keras, .h5): PyTorch’s names and layout are needed',
  },
  { is: startsWith('\x93NUMPY'), text: `is a NumPy array (.npy): ${SAVE}` },
  { is: startsWith('GGUF'), text: 'is a GGUF file: PyTorch’s names and layout are needed' },
  { is: startsWith('TFL3', 4), text: 'is a TensorFlow Lite file: PyTorch’s weights are needed' },
  { is: starts(0x1f, 0x8b), text: 'is compressed with gzip: unpack it first (gunzip)' },
  { is: starts(0x28, 0xb5, 0x2f, 0xfd), text: 'is compressed with zstd: unpack it first' },
  {
    is: startsWith('ustar', 257),
    text: 'is a tar archive: unpack it and name the safetensors file in it',
  },
  {
    is: startsWith('version https://git-lfs'),
    text: 'is a Git LFS pointer, not the file itself: fetch it with `git lfs pull`',
  },
  {
    is: ({ head }) => /^\s*<(!doctype|html|\?xml)/i.test(head.subarray(0, 200).toString('latin1')),
    text: 'is a web page: the download failed, download it again',
  },
  {
    is: ({ head }) => /^\s*\{[^]*"weight_map"/.test(head.toString('latin1')),
    text: 'is the index of a model in several files: load them in Python and save one state dict with safetensors.torch.save_file',
  },
  {
    is: ({ head }) => /^\s*[{[]\s*["\]}]/.test(head.toString('latin1')),
    text: 'is JSON text: name the safetensors file',
  },
  {
    is: ({ name }) => /\.data-\d{5}-of-\d{5}$|\.ckpt\.(index|meta)$/.test(name),
    text: 'is part of a TensorFlow checkpoint: PyTorch’s weights are needed',
  },
  {
    is: ({ name }) => name.endsWith('.onnx'),
    text: `is an ONNX file: ${SAVE}`,
  },
];

/** The header's length, little-endian, followed by `{`: even if it is damaged, it is a safetensors file. */
const looksLikeSafetensors = ({ head }: Look): boolean =>
  head.length > 8 && head.readUInt32LE(4) === 0 && head[8] === 0x7b;

function readAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(handle, bytes, 0, length, position));
}

/** What kind of file an open file is and how to fix that; undefined if it is a safetensors file or an unknown kind. */
export function otherKind(handle: number, name: string): string | undefined {
  const { size } = fstatSync(handle);
  const look: Look = {
    name,
    head: readAt(handle, 0, Math.min(size, LOOK_BYTES)),
    tail: readAt(handle, Math.max(0, size - LOOK_BYTES), Math.min(size, LOOK_BYTES)),
  };
  if (looksLikeSafetensors(look)) return undefined;
  return kinds.find(({ is }) => is(look))?.text;
}
