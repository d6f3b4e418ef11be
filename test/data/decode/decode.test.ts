import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { InvalidImageError, decodeJpeg, decodeImage } from '../../../src/data/decode/decode.ts';
import { readJpegHeader } from '../../../src/data/decode/jpeg-header.ts';
import { imageBytes, pixelsOf } from '../images.ts';

interface Decoded {
  width: number;
  height: number;
  pixels: Buffer;
}

async function decode(bytes: Buffer): Promise<Decoded> {
  let memory = Buffer.alloc(0);
  const { image } = await decodeImage(bytes, (length) => (memory = Buffer.alloc(length)));
  return { ...image, pixels: memory };
}

/** Mean of the absolute differences of two images' bytes. */
function difference(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

const sharpImage = (width: number, height: number): Sharp =>
  sharp(pixelsOf(width, height, 0), { raw: { width, height, channels: 3 } });

/**
 * The largest mean error of a byte in a JPEG of quality 95. Its quantization steps are 2 to 10 (ITU-T T.81, annex K, times 0.1),
 * and rounding to a step of 10 has a standard deviation of 10 / sqrt(12) = 2.9.
 */
const JPEG_LOSS = 3;

describe('decodeImage', () => {
  it('decodes a JPEG to the encoded image, within the loss of JPEG', async () => {
    const decoded = await decode(await imageBytes(48, 32, 0));
    expect(decoded).toMatchObject({ width: 48, height: 32 });
    expect(difference(decoded.pixels, pixelsOf(48, 32, 0))).toBeLessThan(JPEG_LOSS);
  });

  it('decodes a progressive JPEG', async () => {
    const bytes = await sharpImage(48, 32).jpeg({ quality: 95, progressive: true }).toBuffer();
    expect(difference((await decode(bytes)).pixels, pixelsOf(48, 32, 0))).toBeLessThan(JPEG_LOSS);
  });

  it.each(['png', 'webp', 'tiff', 'gif'] as const)('decodes %s', async (format) => {
    const bytes = await sharpImage(20, 10).toFormat(format, { lossless: true, compression: 'lzw' }).toBuffer();
    const decoded = await decode(bytes);
    // A palette of 256 colours that is chosen for the image is better than evenly spaced colours: 8 x 8 x 4 levels of red, green
    // and blue are off by a quarter of their spacing, 13 on average.
    expect(difference(decoded.pixels, pixelsOf(20, 10, 0))).toBeLessThan(format === 'gif' ? 8 : 0.01);
  });

  it.each(['jpeg', 'png'] as const)('decodes a greyscale %s to three equal channels', async (format) => {
    const bytes = await sharpImage(16, 16).toColourspace('b-w').toFormat(format).toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    const { pixels } = await decode(bytes);
    expect(pixels.length).toBe(768);
    for (let at = 0; at < 768; at += 3)
      expect(pixels[at] === pixels[at + 1] && pixels[at] === pixels[at + 2]).toBe(true);
  });

  it('converts a CMYK JPEG to RGB', async () => {
    const red = sharp({ create: { width: 16, height: 16, channels: 3, background: '#ff0000' } });
    const bytes = await red.toColourspace('cmyk').jpeg().toBuffer();
    expect(readJpegHeader(bytes)!.components).toBe(4);
    const { pixels } = await decode(bytes);
    const [r, g, b] = pixels;
    expect(r).toBeGreaterThan(200);
    expect(Math.max(g!, b!)).toBeLessThan(80);
  });

  it('drops transparency as Pillow does', async () => {
    const bytes = await sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 9, g: 8, b: 7, alpha: 0.5 } },
    })
      .png()
      .toBuffer();
    expect([...(await decode(bytes)).pixels.subarray(0, 3)]).toEqual([9, 8, 7]);
  });

  it('converts 16 bits per sample to 8', async () => {
    const bytes = await sharpImage(8, 8).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    // The conversion to 16 bits and back rounds twice.
    expect(difference((await decode(bytes)).pixels, pixelsOf(8, 8, 0))).toBeLessThan(1.5);
  });

  it.each([
    [3, (x: number, y: number, w: number, h: number) => [w - 1 - x, h - 1 - y]],
    [6, (x: number, y: number, _w: number, h: number) => [y, h - 1 - x]],
  ] as const)('turns an image of EXIF orientation %i upright', async (orientation, from) => {
    const [width, height] = [32, 16];
    const bytes = await sharpImage(width, height).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer();
    expect(readJpegHeader(bytes)).toMatchObject({ orientation, width, height });
    const turned = await decode(bytes);
    expect([turned.width, turned.height]).toEqual(orientation === 6 ? [16, 32] : [32, 16]);
    const plain = pixelsOf(width, height, 0);
    const expected = Buffer.alloc(plain.length);
    for (let y = 0; y < turned.height; y++) {
      for (let x = 0; x < turned.width; x++) {
        const [fromX, fromY] = from(x, y, width, height);
        plain.copy(
          expected,
          3 * (y * turned.width + x),
          3 * (fromY! * width + fromX!),
          3 * (fromY! * width + fromX!) + 3,
        );
      }
    }
    // Every other orientation is off by more than 45.
    expect(difference(turned.pixels, expected)).toBeLessThan(5);
  });

  it('decodes a JPEG with stray bytes between its markers, as other readers do', async () => {
    const good = await imageBytes(32, 32, 1);
    const end = good.lastIndexOf(Buffer.from([0xff, 0xd9]));
    const blemished = Buffer.concat([good.subarray(0, end), Buffer.from([1, 2, 3]), good.subarray(end)]);
    expect((await decode(blemished)).width).toBe(32);
  });

  it.each<[string, (good: Buffer) => Buffer, RegExp]>([
    ['an empty file', () => Buffer.alloc(0), /^is empty \(0 bytes\): copy or download it again$/],
    [
      'text',
      () => Buffer.from('hello, I am no image'),
      /^is text, not an image: replace it with the image, or remove it$/,
    ],
    ['half a JPEG', (good) => good.subarray(0, good.length >> 1), /^cannot be decoded/],
    ['a JPEG without its last tenth', (good) => good.subarray(0, Math.floor(good.length * 0.9)), /^cannot be decoded/],
    ['the first bytes of a JPEG', (good) => good.subarray(0, 20), /^cannot be decoded/],
  ])('refuses %s', async (_title, spoil, reason) => {
    const failure = decode(spoil(await imageBytes(64, 64, 2)));
    await expect(failure).rejects.toBeInstanceOf(InvalidImageError);
    await expect(failure).rejects.toThrow(reason);
  });

  it('refuses a JPEG of 20,000 x 20,000 pixels by its header, before anything is allocated', async () => {
    const bytes = await imageBytes(16, 16, 1);
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    bytes.writeUInt16BE(20_000, frame + 5);
    bytes.writeUInt16BE(20_000, frame + 7);
    const allocate = (): Buffer => {
      throw new Error('allocated');
    };
    expect(() => decodeJpeg(bytes, allocate)).toThrow(/^is too large: 20000 x 20000 pixels/);
  });

  it('refuses a PNG of 20,000 x 20,000 pixels by its header', async () => {
    const bytes = await imageBytes(16, 16, 1, 'png');
    bytes.writeUInt32BE(20_000, 16);
    bytes.writeUInt32BE(20_000, 20);
    const { crc32 } = await import('node:zlib');
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    await expect(decode(bytes)).rejects.toThrow(/^is too large: 20000 x 20000 pixels/);
  });
});
