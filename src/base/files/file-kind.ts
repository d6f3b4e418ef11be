import { fstatSync, readSync } from 'node:fs';

const CONVERT = 'load it in Python and save its state dict with safetensors.torch.save_file';

/** The number of bytes that are read at the start and at the end of a file. They are enough to recognize its kind. */
const SAMPLE_BYTES = 65_536;

/** The name of a file, and its bytes at the start and at the end. */
interface Sample {
  readonly name: string;
  readonly head: Buffer;
  readonly tail: Buffer;
}

interface Kind {
  readonly is: (sample: Sample) => boolean;
  /** A text that begins with `is` and says what to do. */
  readonly text: string;
}

const startsWithBytes =
  (...bytes: readonly number[]) =>
  ({ head }: Sample): boolean =>
    head.subarray(0, bytes.length).equals(Buffer.from(bytes));
/** Whether a file has this text at an offset in bytes. */
const startsWith =
  (text: string, offset = 0) =>
  ({ head }: Sample): boolean =>
    head.subarray(offset, offset + text.length).toString('latin1') === text;

const isZip = startsWith('PK\x03\x04');
/** Whether a file is a zip archive with one of these members. The names of the members are also at the end of the archive. */
const isZipWith =
  (...members: readonly string[]) =>
  (sample: Sample): boolean =>
    isZip(sample) && members.some((member) => sample.head.includes(member) || sample.tail.includes(member));

/** The kinds of files, from the most specific to the most general. The magic numbers are those of file(1). */
const kinds: readonly Kind[] = [
  { is: ({ head }) => head.length === 0, text: 'is empty: copy or download it again' },
  {
    is: isZipWith('data.pkl', 'constants.pkl'),
    text: `is a PyTorch file (a pickle in a zip archive): ${CONVERT}`,
  },
  { is: isZipWith('.npy'), text: `is a NumPy archive (.npz): ${CONVERT}` },
  {
    is: isZipWith('model.weights.h5'),
    text: 'is a Keras file: PyTorch’s names and layout are needed',
  },
  { is: isZip, text: 'is a zip archive: unpack it and name the safetensors file in it' },
  // The pickle protocol's PROTO opcode, with protocols 2 to 5 (Python, pickletools).
  {
    is: ({ head }) => head.length > 8 && head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    text: `is a pickle, the format of PyTorch before version 1.6: ${CONVERT}`,
  },
  {
    is: startsWithBytes(0x89, 0x48, 0x44, 0x46),
    text: 'is an HDF5 file (Keras, .h5): PyTorch’s names and layout are needed',
  },
  { is: startsWith('\x93NUMPY'), text: `is a NumPy array (.npy): ${CONVERT}` },
  { is: startsWith('GGUF'), text: 'is a GGUF file: PyTorch’s names and layout are needed' },
  { is: startsWith('TFL3', 4), text: 'is a TensorFlow Lite file: PyTorch’s weights are needed' },
  { is: startsWithBytes(0x1f, 0x8b), text: 'is compressed with gzip: unpack it first (gunzip)' },
  { is: startsWithBytes(0x28, 0xb5, 0x2f, 0xfd), text: 'is compressed with zstd: unpack it first' },
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
    text: `is an ONNX file: ${CONVERT}`,
  },
];

/** Whether a file starts like a safetensors file: the length of the header (little-endian), then `{`. The rest may be damaged. */
const looksLikeSafetensors = ({ head }: Sample): boolean =>
  head.length > 8 && head.readUInt32LE(4) === 0 && head[8] === 0x7b;

function readAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(handle, bytes, 0, length, position));
}

/** Describes the kind of an open file that is not a safetensors file, and what to do; undefined for a safetensors file or an unknown kind. */
export function describeOtherKind(handle: number, name: string): string | undefined {
  const { size } = fstatSync(handle);
  const sample: Sample = {
    name,
    head: readAt(handle, 0, Math.min(size, SAMPLE_BYTES)),
    tail: readAt(handle, Math.max(0, size - SAMPLE_BYTES), Math.min(size, SAMPLE_BYTES)),
  };
  if (looksLikeSafetensors(sample)) return undefined;
  return kinds.find(({ is }) => is(sample))?.text;
}
