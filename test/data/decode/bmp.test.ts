import { describe, expect, it } from 'vitest';
import { InvalidImageError } from '../../../src/data/decode/decode.ts';
import { decode } from './decoded.ts';

interface Bmp {
  readonly width: number;
  /** Negative if the first row is the top one. */
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** 12: OS/2; 40: the usual header; 108 and 124: with masks and a colour space. */
  readonly header?: number;
  readonly masks?: readonly number[];
  /** Blue, green, red (and a zero, except for OS/2). */
  readonly palette?: readonly number[];
  readonly colours?: number;
  readonly pixels: readonly number[];
}

const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];

/** A BMP file, byte by byte (wingdi.h). */
function bmp(image: Bmp): Buffer {
  const { width, height, bits, compression = 0, header = 40, pixels, colours = 0 } = image;
  const { masks = [], palette = [] } = image;
  const fields =
    header === 12
      ? [...u16(width), ...u16(height), ...u16(1), ...u16(bits)]
      : [
          ...[...u32(width), ...u32(height), ...u16(1), ...u16(bits), ...u32(compression)],
          ...[...u32(pixels.length), ...u32(2835), ...u32(2835), ...u32(colours), ...u32(0)],
        ];
  const info = [...u32(header), ...fields, ...masks.flatMap(u32)];
  while (info.length < header) info.push(0);
  const start = 14 + info.length + palette.length;
  const head = [0x42, 0x4d, ...u32(start + pixels.length), ...u32(0), ...u32(start)];
  return Buffer.from([...head, ...info, ...palette, ...pixels]);
}

const RED = [255, 0, 0];
const GREEN = [0, 255, 0];
const BLUE = [0, 0, 255];
const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];
/** Blue, green, red, 0. */
const PALETTE = [0, 0, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0];

describe('a BMP', () => {
  it('of 24 bits has its rows from the bottom up, each a multiple of 4 bytes', async () => {
    const below = [255, 0, 0, 255, 255, 255, 0, 0];
    const above = [0, 0, 255, 0, 255, 0, 0, 0];
    const image = { width: 2, height: 2, bits: 24, pixels: [...below, ...above] };
    expect(await decode(bmp(image))).toEqual({
      width: 2,
      height: 2,
      pixels: [...RED, ...GREEN, ...BLUE, ...WHITE],
    });
    const topDown = await decode(bmp({ ...image, height: -2 }));
    expect(topDown.pixels).toEqual([...BLUE, ...WHITE, ...RED, ...GREEN]);
  });

  it.each([
    [1, [0b0100_0000, 0, 0, 0]],
    [4, [0x01, 0x00, 0, 0]],
    [8, [0, 1, 0, 0]],
  ])('of %i bits uses the colours of its palette, also with an odd width', async (bits, row) => {
    const image = { width: 3, height: 2, bits, palette: PALETTE, colours: 2 };
    const rows = [...row, ...row.map(() => 0)];
    const { pixels } = await decode(bmp({ ...image, palette: PALETTE.slice(0, 8), pixels: rows }));
    expect(pixels).toEqual([...BLACK, ...BLACK, ...BLACK, ...BLACK, ...RED, ...BLACK]);
  });

  it('of OS/2 has a palette of 3 bytes per colour', async () => {
    const palette = [0, 0, 0, 0, 0, 255];
    const image = { width: 2, height: 1, bits: 1, header: 12, palette, pixels: [0x40, 0, 0, 0] };
    expect((await decode(bmp(image))).pixels).toEqual([...BLACK, ...RED]);
  });

  it('of 16 bits has 5 bits per channel: 16 of 31 is floor(255 * 16 / 31) = 131', async () => {
    const pixel = (31 << 10) | (16 << 5) | 1;
    const image = { width: 1, height: 1, bits: 16, pixels: [...u16(pixel), 0, 0] };
    expect((await decode(bmp(image))).pixels).toEqual([255, 131, 8]);
  });

  it.each([
    [40, 3],
    [108, 3],
    [124, 3],
  ])('of 16 bits with masks for 5, 6 and 5 bits is read, with a header of %i bytes', async (header, compression) => {
    const pixel = (1 << 11) | (32 << 5) | 31;
    const masks = [0xf800, 0x07e0, 0x001f, ...(header === 40 ? [] : [0])];
    const pixels = [...u16(pixel), 0, 0];
    const image = { width: 1, height: 1, bits: 16, header, compression, masks, pixels };
    expect((await decode(bmp(image))).pixels).toEqual([8, 129, 255]);
  });

  it('of 32 bits drops alpha at any position', async () => {
    const common = { width: 1, height: 1, bits: 32, pixels: [10, 20, 30, 40] };
    expect((await decode(bmp(common))).pixels).toEqual([30, 20, 10]);
    const masks = [0xff, 0xff00, 0xff0000, 0xff000000];
    const turned = { ...common, header: 124, compression: 3, masks };
    expect((await decode(bmp(turned))).pixels).toEqual([10, 20, 30]);
  });

  it('of 8 bits with run-length encoding has runs, single pixels, skipped pixels and rows from the bottom', async () => {
    const runs = [
      ...[3, 1, 0, 0],
      // Three single pixels and one byte of padding.
      ...[0, 3, 1, 2, 3, 0, 0, 0],
      // One to the right, then one of colour 2.
      ...[0, 2, 1, 0, 1, 2, 0, 1],
    ];
    const image = { width: 3, height: 3, bits: 8, compression: 1, palette: PALETTE, colours: 4 };
    const { pixels } = await decode(bmp({ ...image, pixels: runs }));
    expect(pixels).toEqual([
      ...[...BLACK, ...GREEN, ...BLACK],
      ...[...RED, ...GREEN, ...BLUE],
      ...[...RED, ...RED, ...RED],
    ]);
  });

  it('of 4 bits with run-length encoding has runs that alternate between two colours', async () => {
    const runs = [3, 0x12, 0, 0, 0, 3, 0x12, 0x30, 0, 1];
    const image = { width: 3, height: 2, bits: 4, compression: 2, palette: PALETTE, colours: 4 };
    const { pixels } = await decode(bmp({ ...image, pixels: runs }));
    expect(pixels).toEqual([...RED, ...GREEN, ...BLUE, ...RED, ...GREEN, ...RED]);
  });

  const plain: Bmp = { width: 2, height: 2, bits: 24, pixels: Array<number>(16).fill(0) };
  const palettized: Bmp = { width: 1, height: 1, bits: 8, pixels: [2, 0, 0, 0], colours: 2 };
  it.each<[string, Bmp, RegExp]>([
    ['that is truncated', { ...plain, pixels: [1, 2, 3] }, /^is truncated: it has 57 bytes/],
    ['of 50,000 x 50,000 pixels', { ...plain, width: 50_000, height: 50_000 }, /^is too large/],
    ['without pixels', { ...plain, width: 0 }, /^has no pixels: 0 x 2/],
    [
      'that uses a colour beyond its palette',
      { ...palettized, palette: PALETTE.slice(0, 8) },
      /uses colour 2 of a palette of 2/,
    ],
    ['that holds a JPEG', { ...plain, compression: 4 }, /is a BMP that holds a JPEG/],
    ['of 5 bits', { ...plain, bits: 5 }, /is a BMP of 5 bits per pixel with compression 0/],
    [
      'with overlapping masks',
      { ...plain, bits: 32, compression: 3, masks: [0xff00, 0xffff, 0xff0000] },
      /its colour masks ff00, ffff, ff0000 are invalid/,
    ],
    [
      'with runs that end early',
      { ...palettized, height: 2, compression: 1, palette: PALETTE, pixels: [1, 1, 0, 1] },
      /ends before its last row/,
    ],
    [
      'with truncated runs',
      { ...palettized, compression: 1, palette: PALETTE, width: 2, pixels: [1, 1] },
      /is truncated/,
    ],
  ])('%s is refused', async (_title, image, reason) => {
    const failure = decode(bmp(image));
    await expect(failure).rejects.toBeInstanceOf(InvalidImageError);
    await expect(failure).rejects.toThrow(reason);
  });
});
