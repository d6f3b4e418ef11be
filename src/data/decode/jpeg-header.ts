/** What a JPEG's header says before anything is decoded. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 CMYK. */
  readonly components: number;
  /** Bits of a sample. */
  readonly precision: number;
  /** EXIF 2.3, tag 0x0112: 1 is upright. */
  readonly orientation: number;
}

/** Reads the segments of a JPEG up to its frame header (ITU T.81, annex B); undefined when it is none. */
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
    if (isFrame(marker))
      return at + 10 <= bytes.length ? frame(bytes, at + 4, orientation) : undefined;
    if (marker === 0xda || length < 2) return undefined;
    if (marker === 0xe1) {
      orientation = readOrientation(bytes.subarray(at + 4, at + 2 + length)) ?? orientation;
    }
    at += 2 + length;
  }
  return undefined;
}

/** SOF0 to SOF15; the three others in that range are tables and reserved. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const frame = (bytes: Buffer, at: number, orientation: number): JpegHeader => ({
  precision: bytes[at]!,
  height: bytes.readUInt16BE(at + 1),
  width: bytes.readUInt16BE(at + 3),
  components: bytes[at + 5]!,
  orientation,
});

const ORIENTATION_TAG = 0x0112;

/** The orientation in the first directory of an EXIF block; undefined where there is none. */
function readOrientation(block: Buffer): number | undefined {
  if (block.length < 14 || block.toString('latin1', 0, 6) !== 'Exif\0\0') return undefined;
  const tiff = block.subarray(6);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const uint16 = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const uint32 = (at: number): number => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = uint32(4);
  if (directory + 2 > tiff.length) return undefined;
  const entries = uint16(directory);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return undefined;
    if (uint16(entry) === ORIENTATION_TAG) return uint16(entry + 8);
  }
  return undefined;
}
