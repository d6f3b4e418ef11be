import { createRequire } from 'node:module';
import type * as JpegTurbo from '@julusian/jpeg-turbo';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeJpeg } from '../../../src/data/decode/decode.ts';
import type { Decoded } from '../../../src/data/decode/decode.ts';
import { Purpose, RandomSequence } from '../../../src/data/random.ts';
import type { Box } from '../../../src/data/resize/box.ts';
import { imageBytes, pixelsOf } from '../images.ts';

const encoder = createRequire(import.meta.url)('@julusian/jpeg-turbo') as typeof JpegTurbo;
const [WIDTH, HEIGHT] = [203, 157];

/** Colours that change from pixel to pixel, so that interpolation is visible. */
function noisy(): Buffer {
  const random = new RandomSequence(1, Purpose.crop, 0, 0);
  const pixels = pixelsOf(WIDTH, HEIGHT, 1);
  return pixels.fill(pixels.map((value) => value ^ (random.uint32() & 63)));
}

const noisyJpeg = (subsampling: number): Buffer =>
  encoder.compressSync(noisy(), {
    format: encoder.FORMAT_RGB,
    width: WIDTH,
    height: HEIGHT,
    subsampling,
    quality: 90,
  });

function decode(bytes: Buffer, box?: Box): Decoded & { pixels: Buffer } {
  let pixels = Buffer.alloc(0);
  const decoded = decodeJpeg(bytes, (length) => (pixels = Buffer.alloc(length)), ...(box ? [() => box] : []));
  if (!decoded) throw new Error('libjpeg-turbo did not decode it');
  return { ...decoded, pixels };
}

/** The pixels of a box inside the decoded part. */
function cropBoxAt({ held, pixels }: { held: Box; pixels: Buffer }, box: Box): Buffer {
  const rows = Array.from({ length: box.height }, (_, y) => {
    const from = 3 * ((box.top - held.top + y) * held.width + box.left - held.left);
    return pixels.subarray(from, from + 3 * box.width);
  });
  return Buffer.concat(rows);
}

function randomBox(random: RandomSequence): Box {
  const [width, height] = [1 + random.below(WIDTH), 1 + random.below(HEIGHT)];
  return {
    width,
    height,
    left: random.below(WIDTH - width + 1),
    top: random.below(HEIGHT - height + 1),
  };
}

describe('a part of a JPEG', () => {
  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['4:4:4', () => noisyJpeg(encoder.SAMP_444)],
    ['4:2:2', () => noisyJpeg(encoder.SAMP_422)],
    ['4:2:0', () => noisyJpeg(encoder.SAMP_420)],
    ['4:4:0', () => noisyJpeg(encoder.SAMP_440)],
    ['grey', () => noisyJpeg(encoder.SAMP_GRAY)],
    [
      'progressive 4:2:0',
      () =>
        sharp(noisy(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
          .jpeg({ progressive: true, quality: 90, chromaSubsampling: '4:2:0' })
          .toBuffer(),
    ],
  ])('of %s has the same pixels as the whole image', async (_title, make) => {
    const bytes = await make();
    const whole = decode(bytes);
    expect(whole.held).toEqual({ left: 0, top: 0, width: WIDTH, height: HEIGHT });
    const random = new RandomSequence(7, Purpose.crop, 0, 0);
    for (let i = 0; i < 60; i++) {
      const box = randomBox(random);
      const part = decode(bytes, box);
      expect(cropBoxAt(part, box).equals(cropBoxAt(whole, box))).toBe(true);
    }
  });

  it('is decoded without the rest of the image', () => {
    const box = { left: 100, top: 80, width: 10, height: 12 };
    const { held, pixels } = decode(noisyJpeg(encoder.SAMP_420), box);
    // Blocks of 16 pixels from the left, two more pixels on every other side.
    expect(held).toEqual({ left: 96, top: 78, width: 16, height: 16 });
    expect(pixels.length).toBe(3 * 16 * 16);
  });

  it('has the same pixels as with libvips, which decodes if libjpeg-turbo is missing', async () => {
    for (const bytes of [noisyJpeg(encoder.SAMP_420), noisyJpeg(encoder.SAMP_444), await imageBytes(97, 61, 3)]) {
      const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      expect(decode(bytes).pixels.equals(data)).toBe(true);
    }
  });
});
