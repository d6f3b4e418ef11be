import type { Size } from '../resize/box.ts';
import { damaged, truncated } from './bad-image.ts';
import { Compression, readBmpHeader } from './bmp-header.ts';
import type { BmpHeader } from './bmp-header.ts';
import { decodeRle } from './bmp-rle.ts';
import type { Allocate } from './turbo-jpeg.ts';

/**
 * Decodes a Windows or OS/2 bitmap to RGB, uint8 [height, width, 3], as Pillow does. A channel of n bits becomes
 * floor(255 value / (2^n - 1)); alpha is dropped.
 * @throws InvalidImageError with the reason.
 */
export function decodeBmp(bytes: Buffer, allocate: Allocate): Size {
  const header = readBmpHeader(bytes);
  const { width, height, bits, compression, topDown } = header;
  const isRunLength = compression === Compression.rle8 || compression === Compression.rle4;
  const rows = isRunLength ? rleRows(bytes, header) : plainRows(bytes, header);
  const writeRow = bits <= 8 ? paletteWriter(header) : maskWriter(header);
  const rgb = allocate(3 * width * height);
  for (let y = 0; y < height; y++) {
    writeRow(rows(y), rgb, 3 * width * (topDown ? y : height - 1 - y));
  }
  return { width, height };
}

/** Returns the value of a pixel in a row: its position in the palette, or its bits. */
type ReadPixel = (x: number) => number;
/** Writes a row of pixels to `rgb`, from index `at`. */
type WriteRow = (read: ReadPixel, rgb: Uint8Array, at: number) => void;

function rleRows(bytes: Buffer, header: BmpHeader): (y: number) => ReadPixel {
  const positions = decodeRle(bytes, header);
  return (y) => (x) => positions[y * header.width + x]!;
}

/** Rows are padded to a multiple of 4 bytes; the last row may lack its padding. */
function plainRows(bytes: Buffer, header: BmpHeader): (y: number) => ReadPixel {
  const { width, height, bits, start } = header;
  const stride = 4 * Math.ceil((width * bits) / 32);
  const end = start + stride * (height - 1) + Math.ceil((width * bits) / 8);
  if (end > bytes.length) {
    throw truncated(`it has ${bytes.length} bytes, expected pixels up to byte ${end}`);
  }
  return (y) => pixelReader(bytes, start + y * stride, bits);
}

function pixelReader(bytes: Buffer, row: number, bits: number): ReadPixel {
  if (bits === 16) return (x) => bytes.readUInt16LE(row + 2 * x);
  if (bits === 24) return (x) => bytes.readUIntLE(row + 3 * x, 3);
  if (bits === 32) return (x) => bytes.readUInt32LE(row + 4 * x);
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  return (x) => (bytes[row + Math.floor(x / perByte)]! >> (8 - bits * ((x % perByte) + 1))) & mask;
}

function paletteWriter({ palette, width }: BmpHeader): WriteRow {
  const colours = palette.length / 3;
  return (read, rgb, at) => {
    for (let x = 0, to = at; x < width; x++) {
      const position = read(x);
      if (position >= colours) {
        throw damaged(`it uses colour ${position} of a palette of ${colours}`);
      }
      for (let channel = 0; channel < 3; channel++) rgb[to++] = palette[3 * position + channel]!;
    }
  };
}

function maskWriter({ masks, width }: BmpHeader): WriteRow {
  const channels = masks.map(channelReader);
  return (read, rgb, at) => {
    for (let x = 0, to = at; x < width; x++) {
      const pixel = read(x);
      for (const channel of channels) rgb[to++] = channel(pixel);
    }
  };
}

/** Reads a channel of a pixel in 8 bits; a channel without bits is 0. */
function channelReader(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  if (largest === 255) return (pixel) => (pixel >>> shift) & 255;
  return (pixel) => Math.floor((255 * ((pixel & mask) >>> shift)) / largest);
}
