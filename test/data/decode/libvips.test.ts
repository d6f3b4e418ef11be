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

/** A TIFF of one row (TIFF 6.0). @param bytes the samples. @param format its SampleFormat: 1 without sign, 2 with sign, 3 float. */
function tiff(photometric: number, bytes: readonly number[], channels: number, { bits = 8, format = 1 } = {}): Buffer {
  const width = (8 * bytes.length) / bits / channels;
  const short = (tag: number, value: number): number[] => [...u16(tag), ...u16(3), ...u32(1), ...u32(value)];
  const bitsPerSample = Array.from({ length: channels }, () => u16(bits)).flat();
  const entries = [
    ...[short(256, width), short(257, 1)],
    [...u16(258), ...u16(3), ...u32(channels), ...u32(channels > 1 ? 8 : bits)],
    ...[short(259, 1), short(262, photometric), short(273, 8 + bitsPerSample.length), short(277, channels)],
    ...[short(278, 1), short(279, bytes.length), short(339, format)],
  ];
  const data = [...bitsPerSample, ...bytes, ...(bytes.length % 2 === 0 ? [] : [0])];
  return Buffer.from([
    ...[...Buffer.from('II'), ...u16(42), ...u32(8 + data.length), ...data],
    ...[...u16(entries.length), ...entries.flat(), ...u32(0)],
  ]);
}

describe('a TIFF with other samples than 8 or 16 bits without sign', () => {
  const grey = 1;
  const cmyk = 5;
  it.each([
    ['float', tiff(grey, [...Buffer.from(Float32Array.of(0.25, 0.75).buffer)], 1, { bits: 32, format: 3 })],
    ['uint', tiff(grey, [...u32(7), ...u32(70_000)], 1, { bits: 32 })],
    ['short', tiff(grey, [...u16(7), ...u16(700)], 1, { bits: 16, format: 2 })],
  ])('is refused: %s', async (depth, image) => {
    expect((await sharp(image).metadata()).depth).toBe(depth);
    await expect(decode(image)).rejects.toThrow(
      `is a TIFF with samples of type ${depth}, which is not supported: convert it to 8 bits per sample`,
    );
  });

  it('is refused: CMYK with 16 bits', async () => {
    const image = tiff(cmyk, [5140, 2570, 0, 32_896].flatMap(u16), 4, { bits: 16 });
    await expect(decode(image)).rejects.toThrow(/is a TIFF in CMYK with 16 bits per sample, which is not supported/);
  });

  it('is read: grey and RGB with 16 bits', async () => {
    const grey16 = tiff(grey, [...u16(0x1234), ...u16(0xabcd)], 1, { bits: 16 });
    expect((await decode(grey16)).pixels).toEqual([0x12, 0x12, 0x12, 0xab, 0xab, 0xab]);
    const rgb16 = tiff(2, [0x1234, 0x5678, 0xabcd].flatMap(u16), 3, { bits: 16 });
    expect((await decode(rgb16)).pixels).toEqual([0x12, 0x56, 0xab]);
  });
});

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
