import type { Size } from '../resize/box.ts';
import { checkSize, damaged, InvalidImageError } from './bad-image.ts';

/** The compression of a BMP (wingdi.h: BITMAPINFOHEADER.biCompression). */
export const Compression = {
  none: 0,
  rle8: 1,
  rle4: 2,
  bitFields: 3,
  jpeg: 4,
  png: 5,
  alphaBitFields: 6,
};

/** Which bits in the value of a pixel are red, green and blue. */
export type Masks = readonly [red: number, green: number, blue: number];

/** All headers of a BMP, and its palette. */
export interface BmpHeader extends Size {
  /** Bits per pixel. */
  readonly bits: number;
  readonly compression: number;
  /** Whether the first row is the top one; otherwise it is the bottom one. */
  readonly topDown: boolean;
  readonly masks: Masks;
  /** RGB, 3 bytes per colour; empty above 8 bits per pixel. */
  readonly palette: Uint8Array;
  /** Offset of the first pixel in the file. */
  readonly start: number;
}

const FILE_HEADER_BYTES = 14;
/** BITMAPCOREHEADER of OS/2 1 and Windows 2. All later headers begin like BITMAPINFOHEADER. */
const CORE_HEADER_BYTES = 12;
const INFO_HEADER_BYTES = 40;
const OS2_HEADER_BYTES = [16, 64];
/** Headers of this length (BITMAPV2INFOHEADER) or longer contain the masks. */
const MASKS_IN_HEADER_BYTES = 52;

/** The default masks: 5 bits per channel, and 8 bits per channel. */
const MASKS_16: Masks = [0x7c00, 0x03e0, 0x001f];
const MASKS_24: Masks = [0xff0000, 0x00ff00, 0x0000ff];

const damagedBmp = (reason: string): InvalidImageError => damaged(reason, 'a damaged BMP');

/** Reads all headers of a BMP and its palette. @throws InvalidImageError with the reason. */
export function readBmpHeader(bytes: Buffer): BmpHeader {
  const headerBytes = bytes.readUInt32LE(FILE_HEADER_BYTES);
  if (bytes.length < FILE_HEADER_BYTES + headerBytes) throw damagedBmp('it ends within its header');
  const fields = headerBytes === CORE_HEADER_BYTES ? readCoreHeader(bytes) : readInfoHeader(bytes, headerBytes);
  checkSize(fields);
  checkCoding(fields, headerBytes);
  const { masks, end } = readMasks(bytes, headerBytes, fields);
  const pixelOffset = bytes.readUInt32LE(10);
  const entryBytes = headerBytes === CORE_HEADER_BYTES ? 3 : 4;
  const palette = readPalette(bytes, { ...fields, entryBytes, from: end, to: pixelOffset });
  const start = pixelOffset === 0 ? end + (palette.length / 3) * entryBytes : pixelOffset;
  if (start < end || start > bytes.length) throw damagedBmp(`its pixels begin at byte ${start} of ${bytes.length}`);
  return { ...fields, masks, palette, start };
}

/** The fields that all headers have. */
interface HeaderFields extends Size {
  readonly bits: number;
  readonly compression: number;
  readonly topDown: boolean;
  /** Entries of the palette; 0 means 2^bits. */
  readonly colours: number;
}

const readCoreHeader = (bytes: Buffer): HeaderFields => ({
  width: bytes.readUInt16LE(18),
  height: bytes.readUInt16LE(20),
  bits: bytes.readUInt16LE(24),
  compression: Compression.none,
  topDown: false,
  colours: 0,
});

function readInfoHeader(bytes: Buffer, headerBytes: number): HeaderFields {
  const height = bytes.readInt32LE(22);
  const isShort = headerBytes < INFO_HEADER_BYTES;
  return {
    width: bytes.readInt32LE(18),
    height: Math.abs(height),
    bits: bytes.readUInt16LE(28),
    compression: isShort ? Compression.none : bytes.readUInt32LE(30),
    topDown: height < 0,
    colours: isShort ? 0 : bytes.readUInt32LE(46),
  };
}

/** @throws InvalidImageError if the combination of depth and compression is invalid or not supported. */
function checkCoding({ bits, compression }: HeaderFields, headerBytes: number): void {
  const allowed = new Map([
    [Compression.none, [1, 2, 4, 8, 16, 24, 32]],
    [Compression.rle8, [8]],
    [Compression.rle4, [4]],
    [Compression.bitFields, [16, 24, 32]],
    [Compression.alphaBitFields, [16, 32]],
  ]);
  const isOs2 = OS2_HEADER_BYTES.includes(headerBytes);
  const depths = isOs2 && compression > Compression.rle4 ? undefined : allowed.get(compression);
  if (depths?.includes(bits)) return;
  const coding =
    compression === Compression.jpeg || compression === Compression.png
      ? `that holds a ${compression === Compression.jpeg ? 'JPEG' : 'PNG'}`
      : `of ${bits} bits per pixel with compression ${compression}`;
  throw new InvalidImageError(`is a BMP ${coding}, which is not supported: convert it to PNG`);
}

/** The masks, and the offset at which the header including the masks ends. */
function readMasks(
  bytes: Buffer,
  headerBytes: number,
  { bits, compression }: HeaderFields,
): { masks: Masks; end: number } {
  const headerEnd = FILE_HEADER_BYTES + headerBytes;
  const defaults = bits === 16 ? MASKS_16 : MASKS_24;
  if (compression !== Compression.bitFields && compression !== Compression.alphaBitFields)
    return { masks: defaults, end: headerEnd };
  const maskBytes = compression === Compression.alphaBitFields ? 16 : 12;
  const end = headerBytes >= MASKS_IN_HEADER_BYTES ? headerEnd : headerEnd + maskBytes;
  if (bytes.length < end) throw damagedBmp('it ends within its masks');
  const from = FILE_HEADER_BYTES + INFO_HEADER_BYTES;
  const masks = [0, 4, 8].map((at) => bytes.readUInt32LE(from + at)) as [number, number, number];
  // As in Pillow, masks of zero mean the default masks.
  if (masks.every((mask) => mask === 0)) return { masks: defaults, end };
  checkMasks(masks, bits);
  return { masks, end };
}

/** @throws InvalidImageError if a mask has gaps or too many bits, or if two masks overlap. */
function checkMasks(masks: Masks, bits: number): void {
  const isContiguous = (mask: number): boolean => /^0*1*0*$/.test(mask.toString(2));
  const overlap = masks.some((mask, i) => masks.some((other, k) => k > i && (mask & other) !== 0));
  if (masks.every((mask) => isContiguous(mask) && mask < 2 ** bits) && !overlap) return;
  throw damagedBmp(`its colour masks ${masks.map((mask) => mask.toString(16)).join(', ')} are invalid`);
}

/** The colours between the header and the pixels, as RGB. */
function readPalette(
  bytes: Buffer,
  { bits, colours, entryBytes, from, to }: HeaderFields & { entryBytes: number; from: number; to: number },
): Uint8Array {
  if (bits > 8) return new Uint8Array(0);
  const available = (to === 0 ? bytes.length : Math.min(to, bytes.length)) - from;
  const expected = Math.min(colours === 0 ? 2 ** bits : colours, 2 ** bits);
  const entries = Math.max(0, Math.min(expected, Math.floor(available / entryBytes)));
  const palette = new Uint8Array(3 * entries);
  for (let i = 0; i < entries; i++) {
    const at = from + i * entryBytes;
    palette.set([bytes[at + 2]!, bytes[at + 1]!, bytes[at]!], 3 * i);
  }
  return palette;
}
