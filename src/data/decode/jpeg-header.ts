import { readTiffTag } from './tiff-tag.ts';

/** The header of a JPEG. */
export interface JpegHeader {
  /** In pixels, before the rotation by `orientation`. */
  readonly width: number;
  readonly height: number;
  /** 1: grey, 3: colour, 4: CMYK. */
  readonly components: number;
  /** Bits per sample. */
  readonly precision: number;
  /** EXIF 2.3, tag 0x0112; 1 is upright. */
  readonly orientation: number;
}

/** Reads the segments of a JPEG up to its frame header (ITU T.81, annex B). Undefined if it has no frame header. */
export function readJpegHeader(bytes: Buffer): JpegHeader | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    if (isFrame(marker)) return at + 10 <= bytes.length ? readFrame(bytes, at + 4, orientation) : undefined;
    if (marker === 0xda || length < 2) return undefined;
    if (marker === 0xe1) {
      orientation = readOrientation(bytes.subarray(at + 4, at + 2 + length)) ?? orientation;
    }
    at += 2 + length;
  }
  return undefined;
}

/** SOF0 to SOF15; the other three markers in this range are tables or reserved. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const readFrame = (bytes: Buffer, at: number, orientation: number): JpegHeader => ({
  precision: bytes[at]!,
  height: bytes.readUInt16BE(at + 1),
  width: bytes.readUInt16BE(at + 3),
  components: bytes[at + 5]!,
  orientation,
});

const ORIENTATION_TAG = 0x0112;

/** The orientation in the first directory of an EXIF block; undefined if there is none. */
const readOrientation = (block: Buffer): number | undefined =>
  block.toString('latin1', 0, 6) === 'Exif\0\0' ? readTiffTag(block.subarray(6), ORIENTATION_TAG) : undefined;
