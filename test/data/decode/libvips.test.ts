import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../../src/data/check.ts';
import { cmykToRgb } from '../../../src/data/decode/cmyk.ts';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { imageBytes, temporaryFolder, writeFileIn } from '../images.ts';
import { decode } from './decoded.ts';

const u16 = (value: number): number[] => [value & 255, value >> 8];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];

interface Gif {
  readonly screen: readonly [width: number, height: number];
  /** Left, top, width, height. */
  readonly frame: readonly [number, number, number, number];
  readonly transparent?: number;
  readonly positions: readonly number[];
}

/** Two colours that are neither black nor white. */
const FIRST = [200, 30, 40];
const SECOND = [10, 20, 250];

/** A GIF whose codes are never compressed: each position follows a clear code (GIF89a, appendix F). */
function gif({ screen, frame, transparent, positions }: Gif): Buffer {
  const [CLEAR, END, BITS] = [4, 5, 3];
  const codes = [...positions.flatMap((position) => [CLEAR, position]), END];
  const bits = codes.reduce((sum, code, i) => sum + (BigInt(code) << BigInt(BITS * i)), 0n);
  const data = Array.from({ length: Math.ceil((BITS * codes.length) / 8) }, (_, i) =>
    Number((bits >> BigInt(8 * i)) & 255n),
  );
  return Buffer.from([
    ...Buffer.from('GIF89a'),
    ...[...screen.flatMap(u16), 0x80, 0, 0, ...FIRST, ...SECOND],
    ...(transparent === undefined ? [] : [0x21, 0xf9, 4, 1, 0, 0, transparent, 0]),
    ...[0x2c, ...frame.flatMap(u16), 0, 2, data.length, ...data, 0, 0x3b],
  ]);
}

describe('a transparent pixel has the colour that is stored for it', () => {
  it('in a GIF as in the same PNG', async () => {
    const image = { screen: [2, 1], frame: [0, 0, 2, 1], positions: [0, 1] } as const;
    for (const transparent of [undefined, 0, 1]) {
      const bytes = gif({ ...image, ...(transparent === undefined ? {} : { transparent }) });
      expect((await decode(bytes)).pixels).toEqual([...FIRST, ...SECOND]);
    }
  });

  it('around a frame that does not cover the whole GIF', async () => {
    const image = { screen: [3, 1], frame: [1, 0, 1, 1], positions: [0] } as const;
    expect((await decode(gif(image))).pixels).toEqual([...FIRST, ...FIRST, ...FIRST]);
    const { pixels } = await decode(gif({ ...image, transparent: 1 }));
    expect(pixels).toEqual([...SECOND, ...FIRST, ...SECOND]);
  });

  it('and a truncated GIF is refused', async () => {
    const truncated = gif({ screen: [2, 2], frame: [0, 0, 2, 2], positions: [0, 1, 1] });
    await expect(decode(truncated)).rejects.toThrow('is truncated: it has 3 of 4 pixels');
  });

  it.each(['png', 'webp', 'tiff'] as const)('in a %s', async (format) => {
    const rgba = Buffer.from([9, 8, 7, 0, 90, 80, 70, 128]);
    const bytes = await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } })
      .toFormat(format, { lossless: true, exact: true, compression: 'none' })
      .toBuffer();
    expect((await decode(bytes)).pixels).toEqual([9, 8, 7, 90, 80, 70]);
  });
});

/** A TIFF of one row, 8 bits per sample (TIFF 6.0). */
function tiff(photometric: number, samples: readonly number[], channels: number): Buffer {
  const width = samples.length / channels;
  const short = (tag: number, value: number): number[] => [...u16(tag), ...u16(3), ...u32(1), ...u32(value)];
  const entries = [
    ...[short(256, width), short(257, 1), short(259, 1), short(262, photometric)],
    [...u16(258), ...u16(3), ...u32(channels), ...u32(8)],
    ...[short(273, 16), short(277, channels), short(278, 1), short(279, samples.length)],
  ].sort((a, b) => a[0]! + 256 * a[1]! - b[0]! - 256 * b[1]!);
  const bits = Array.from({ length: channels }, () => u16(8)).flat();
  const data = [...bits, ...samples];
  const directory = 8 + data.length + (data.length % 2);
  const shifted = entries.map((entry) => (entry[0] === 17 && entry[1] === 1 ? short(273, 8 + bits.length) : entry));
  const padding = data.length % 2 === 0 ? [] : [0];
  return Buffer.from([
    ...[...Buffer.from('II'), ...u16(42), ...u32(directory), ...data, ...padding],
    ...[...u16(shifted.length), ...shifted.flat(), ...u32(0)],
  ]);
}

describe('CMYK without a profile', () => {
  it('becomes (1 - C)(1 - K) and so on', () => {
    const rgb = new Uint8Array(9);
    // 127 - 100 x 127/255 = 77.2, 127 - 50 x 127/255 = 102.1, 127 - 25 x 127/255 = 114.5 (by parts: 127 - 12).
    cmykToRgb(Uint8Array.from([0, 0, 0, 0, 255, 0, 0, 0, 100, 50, 25, 128]), rgb);
    expect([...rgb]).toEqual([255, 255, 255, 0, 255, 255, 77, 102, 115]);
  });

  it('in a TIFF', async () => {
    const bytes = tiff(5, [0, 0, 0, 0, 255, 0, 0, 0, 100, 50, 25, 128], 4);
    expect((await decode(bytes)).pixels).toEqual([255, 255, 255, 0, 255, 255, 77, 102, 115]);
  });

  it('in a JPEG, with inverted inks', async () => {
    const red = sharp({ create: { width: 8, height: 8, channels: 3, background: '#ff0000' } });
    const bytes = await red.toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    const inks = await sharp(bytes).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
    const expected = new Uint8Array(192);
    cmykToRgb(inks, expected);
    const { icc } = await sharp(bytes).metadata();
    expect(icc).toBeUndefined();
    const { pixels } = await decode(bytes);
    expect(pixels).toEqual([...expected]);
    expect(pixels[0]).toBeGreaterThan(200);
  });
});

describe('libvips', () => {
  it('works in all threads from their first image', async () => {
    const folder = temporaryFolder();
    const bytes = await imageBytes(8, 8, 1, 'png');
    for (let i = 0; i < 80; i++) writeFileIn(folder, `train/a/${i}.png`, bytes);
    writeFileIn(folder, 'val/a/0.png', bytes);
    const report = await checkDataset(openFolder(folder), {
      workers: 4,
      progress: () => undefined,
    });
    expect(report.bad).toEqual([]);
  });

  it('refuses a TIFF in YCbCr instead of reading it as RGB', async () => {
    await expect(decode(tiff(6, [1, 2, 3], 3))).rejects.toThrow(/is a TIFF in YCbCr/);
    expect((await decode(tiff(2, [1, 2, 3], 3))).pixels).toEqual([1, 2, 3]);
  });

  it('opens no SVG, even if one is passed to it', async () => {
    await decode(await imageBytes(8, 8, 1, 'png'));
    await expect(sharp(Buffer.from('<svg width="9" height="9"/>')).metadata()).rejects.toThrow();
  });
});
