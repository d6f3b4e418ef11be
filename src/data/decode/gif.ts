import type { Box, Size } from '../resize/box.ts';
import { damaged, truncated } from './bad-image.ts';
import { countPixels } from './gif-lzw.ts';

/** The first frame of a GIF (CompuServe, GIF89a): its place on the screen, its transparency, and the colour around it. */
export interface GifFrame {
  /** The size of the whole image. */
  readonly screen: Size;
  readonly box: Box;
  /** Offset of the byte with the transparency flag; undefined if nothing is transparent. */
  readonly flagsAt: number | undefined;
  /** The RGB colour outside of the frame: the transparent colour of the palette, or its first. */
  readonly background: readonly [number, number, number];
}

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
const TRANSPARENT = 1;

/**
 * Reads a GIF up to its first frame. Undefined if it ends before that frame.
 * @throws InvalidImageError if it has no palette or its pixels are incomplete.
 */
export function readGifFrame(bytes: Buffer): GifFrame | undefined {
  if (bytes.length < 13) return undefined;
  const screen = { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  const globalPaletteBytes = paletteBytes(bytes[10]!);
  let flagsAt: number | undefined;
  for (let at = 13 + globalPaletteBytes; at + 10 <= bytes.length;) {
    if (bytes[at] === IMAGE) {
      const hasLocalPalette = paletteBytes(bytes[at + 9]!) > 0;
      if (!hasLocalPalette && globalPaletteBytes === 0) throw damaged('it has no palette', 'a damaged GIF');
      const transparent = flagsAt !== undefined && (bytes[flagsAt]! & TRANSPARENT) === TRANSPARENT;
      const position = transparent ? bytes[flagsAt! + 3]! : 0;
      const palette = hasLocalPalette ? at + 10 : 13;
      const box = boxAt(bytes, at + 1);
      refuseTruncated(bytes, at + 10 + paletteBytes(bytes[at + 9]!), box);
      return {
        screen,
        box,
        flagsAt: transparent ? flagsAt : undefined,
        background: colourAt(bytes, palette + 3 * position),
      };
    }
    if (bytes[at] !== EXTENSION) return undefined;
    if (bytes[at + 1] === GRAPHIC_CONTROL) flagsAt = at + 3;
    at = skipBlocks(bytes, at + 2);
  }
  return undefined;
}

/** @throws InvalidImageError if the frame's data end before its last pixel. */
function refuseTruncated(bytes: Buffer, dataAt: number, { width, height }: Box): void {
  const pixels = countPixels(bytes, dataAt, width * height);
  if (pixels === width * height) return;
  throw truncated(`it has ${pixels} of ${width * height} pixels`);
}

/** A copy of the GIF that shows the colours under its transparent pixels, as Pillow's `convert("RGB")` does. */
export function withoutTransparency(bytes: Buffer, { flagsAt }: GifFrame): Buffer {
  if (flagsAt === undefined) return bytes;
  const copy = Buffer.from(bytes);
  copy[flagsAt]! &= ~TRANSPARENT;
  return copy;
}

/** Fills the pixels around the frame with its background; `rgb` is the whole screen, uint8 [height, width, 3]. */
export function fillBackground(rgb: Buffer, size: Size, { box, background }: GifFrame): void {
  if (box.left === 0 && box.top === 0 && box.width >= size.width && box.height >= size.height) return;
  for (let y = 0, at = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, at += 3) {
      const inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width;
      if (!inside) rgb.set(background, at);
    }
  }
}

/** The length in bytes of the palette that follows these flags. */
const paletteBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

const colourAt = (bytes: Buffer, at: number): [number, number, number] => [
  bytes[at] ?? 0,
  bytes[at + 1] ?? 0,
  bytes[at + 2] ?? 0,
];

const boxAt = (bytes: Buffer, at: number): Box => ({
  left: bytes.readUInt16LE(at),
  top: bytes.readUInt16LE(at + 2),
  width: bytes.readUInt16LE(at + 4),
  height: bytes.readUInt16LE(at + 6),
});

/** The offset after the sub-blocks that begin at `at`. Each has a length and that many bytes; length 0 ends them. */
function skipBlocks(bytes: Buffer, at: number): number {
  let next = at;
  while (next < bytes.length && bytes[next] !== 0) next += bytes[next]! + 1;
  return next + 1;
}
