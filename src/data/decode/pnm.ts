import { roundHalfToEven } from '../../base/numbers/round.ts';
import type { Size } from '../resize/box.ts';
import { checkSize, damaged, InvalidImageError, REPLACE, truncated } from './bad-image.ts';
import type { Allocate } from './turbo-jpeg.ts';

/** A Netpbm header (pbm(5), pgm(5), ppm(5)). */
interface PnmHeader extends Size {
  /** Samples per pixel: 1 for bitmaps (P1, P4) and grey (P2, P5), 3 for colour (P3, P6). */
  readonly channels: 1 | 3;
  /** Whether a sample is one bit (P1, P4). */
  readonly isBitmap: boolean;
  /** Whether samples are decimal text (P1, P2, P3). */
  readonly isText: boolean;
  /** The largest sample; it means full intensity. */
  readonly maximum: number;
  /** Offset of the first sample in the file. */
  readonly start: number;
}

const LF = 0x0a;
const CR = 0x0d;
const HASH = 0x23;
const ZERO = 0x30;
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= CR);
const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;

/** The largest number of digits in a number; no number of a Netpbm file has so many. */
const MAX_DIGITS = 10;

/** Reads decimal numbers separated by white space and comments (# to the end of the line). */
class NumberReader {
  private readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  next(): number {
    this.skipSpace();
    const from = this.at;
    let value = 0;
    while (isDigit(this.bytes[this.at] ?? 0)) value = 10 * value + this.bytes[this.at++]! - ZERO;
    const digits = this.at - from;
    if (digits > 0 && digits <= MAX_DIGITS) return value;
    throw this.at >= this.bytes.length ? endsEarly() : notANumber(this.bytes, from);
  }

  /** One digit: plain bitmaps need no space between digits. */
  nextBit(): number {
    this.skipSpace();
    if (this.at >= this.bytes.length) throw endsEarly();
    const bit = this.bytes[this.at]! - ZERO;
    if (bit !== 0 && bit !== 1) throw notANumber(this.bytes, this.at);
    this.at++;
    return bit;
  }

  private skipSpace(): void {
    const { bytes } = this;
    for (; this.at < bytes.length; this.at++) {
      if (bytes[this.at] === HASH) this.skipComment();
      else if (!isSpace(bytes[this.at]!)) return;
    }
  }

  /** Skips to the end of the line. */
  skipComment(): void {
    const isEnd = (byte: number | undefined): boolean => byte === undefined || byte === LF || byte === CR;
    while (!isEnd(this.bytes[this.at])) this.at++;
  }
}

const endsEarly = (): InvalidImageError => truncated('it ends before its last pixel');

const notANumber = (bytes: Buffer, at: number): InvalidImageError =>
  damaged(`"${bytes.toString('latin1', at, at + MAX_DIGITS)}" at byte ${at} is not a number`);

function readHeader(bytes: Buffer): PnmHeader {
  const kind = bytes[1]! - ZERO;
  const numbers = new NumberReader(bytes, 2);
  const [width, height] = [numbers.next(), numbers.next()];
  const isBitmap = kind === 1 || kind === 4;
  const maximum = isBitmap ? 1 : numbers.next();
  checkSize({ width, height });
  if (maximum < 1 || maximum > 65_535) {
    throw new InvalidImageError(`has the maximum sample ${maximum}, expected 1 to 65535; ${REPLACE}`);
  }
  const isText = kind <= 3;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const header = { width, height, channels, isBitmap, isText, maximum } as const;
  return { ...header, start: isText ? numbers.at : rasterStart(bytes, numbers, header) };
}

/** The offset of binary samples: after one white space, or after a Windows line end (two bytes). A comment may precede it. */
function rasterStart(bytes: Buffer, numbers: NumberReader, header: Omit<PnmHeader, 'start'>): number {
  if (bytes[numbers.at] === HASH) numbers.skipComment();
  const { at } = numbers;
  if (at < bytes.length && !isSpace(bytes[at]!)) throw notANumber(bytes, at);
  const isWindowsLine = bytes[at] === CR && bytes[at + 1] === LF;
  return isWindowsLine && bytes.length === at + 2 + rasterBytes(header) ? at + 2 : at + 1;
}

function rasterBytes({ width, height, channels, isBitmap, maximum }: Omit<PnmHeader, 'start'>): number {
  if (isBitmap) return height * Math.ceil(width / 8);
  return width * height * channels * (maximum > 255 ? 2 : 1);
}

/** Returns the next sample, row by row. */
type ReadSample = () => number;

function textReader(bytes: Buffer, { start, isBitmap }: PnmHeader): ReadSample {
  const numbers = new NumberReader(bytes, start);
  return isBitmap ? () => numbers.nextBit() : () => numbers.next();
}

function binaryReader(bytes: Buffer, header: PnmHeader): ReadSample {
  const { start, isBitmap, maximum, width } = header;
  if (start + rasterBytes(header) > bytes.length) throw endsEarly();
  if (isBitmap) return bitReader(bytes, start, width);
  let at = start;
  if (maximum <= 255) return () => bytes[at++]!;
  return () => bytes.readUInt16BE((at += 2) - 2);
}

/** Reads bits from the highest to the lowest; each row begins with a new byte. */
function bitReader(bytes: Buffer, start: number, width: number): ReadSample {
  const rowBytes = Math.ceil(width / 8);
  let [x, row] = [0, start];
  return () => {
    if (x === width) [x, row] = [0, row + rowBytes];
    const bit = (bytes[row + (x >> 3)]! >> (7 - (x & 7))) & 1;
    x++;
    return bit;
  };
}

/**
 * Decodes a Netpbm image (P1 to P6) to RGB, uint8 [height, width, 3]. Samples become 8 bits by round(255 sample / maximum),
 * halves to the even number, as in Pillow. In a bitmap, 1 is black.
 * @throws InvalidImageError with the reason.
 */
export function decodePnm(bytes: Buffer, allocate: Allocate): Size {
  const header = readHeader(bytes);
  const { width, height, channels, isBitmap, isText, maximum } = header;
  const read = isText ? textReader(bytes, header) : binaryReader(bytes, header);
  const levels = Uint8Array.from({ length: maximum + 1 }, (_, sample) =>
    roundHalfToEven(((isBitmap ? 1 - sample : sample) / maximum) * 255),
  );
  const rgb = allocate(3 * width * height);
  for (let at = 0; at < rgb.length; at += 3 / channels) {
    const sample = read();
    if (sample > maximum) {
      throw damaged(`it has the sample ${sample}, above its maximum ${maximum}`);
    }
    rgb.fill(levels[sample]!, at, at + 3 / channels);
  }
  return { width, height };
}
