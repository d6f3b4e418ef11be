import { createRequire } from 'node:module';
import type * as JpegTurbo from '@julusian/jpeg-turbo';
import type { Sharp, SharpOptions } from 'sharp';
import { messageOf } from '../../base/errors.ts';
import type { Size } from '../resize/resizer.ts';
import { readJpegHeader } from './jpeg-header.ts';
import type { JpegHeader } from './jpeg-header.ts';

/** More pixels than this are refused before they are decoded: Pillow's own limit (Image.MAX_IMAGE_PIXELS). */
export const LARGEST_PICTURE_PIXELS = 89_478_485;

/** Why a picture cannot be used, said so that it can follow its path: "is empty". */
export class BadPicture extends Error {}

/** Memory for so many bytes to decode into. */
export type Allocate = (length: number) => Buffer;

const require = createRequire(import.meta.url);
const jpegTurbo = require('@julusian/jpeg-turbo') as typeof JpegTurbo;

/**
 * Decodes a picture file to upright RGB, uint8 [height, width, 3], in memory from `allocate`. Plain JPEGs go through
 * libjpeg-turbo, everything else (PNG, WebP, GIF, TIFF, CMYK, EXIF-rotated) through libvips. As in Pillow and
 * torchvision an embedded colour profile has no effect, except on CMYK, and transparency is dropped.
 * @throws BadPicture with the reason.
 */
export async function decodePicture(bytes: Buffer, allocate: Allocate): Promise<Size> {
  return decodeJpeg(bytes, allocate) ?? (await decodeOther(bytes, allocate));
}

/** The plain case, without a promise; undefined where libvips has to look at it. */
export function decodeJpeg(bytes: Buffer, allocate: Allocate): Size | undefined {
  if (bytes.length === 0) throw new BadPicture('is empty (0 bytes)');
  const header = readJpegHeader(bytes);
  if (!header) return undefined;
  checkSize(header);
  if (!isPlain(header)) return undefined;
  const { width, height } = header;
  try {
    jpegTurbo.decompressSync(bytes, allocate(3 * width * height), { format: jpegTurbo.FORMAT_RGB });
  } catch {
    // Also for what is only a warning, such as stray bytes between markers: libvips tells damage from blemish.
    return undefined;
  }
  return { width, height };
}

const isPlain = ({ components, precision, orientation }: JpegHeader): boolean =>
  (components === 1 || components === 3) && precision === 8 && orientation === 1;

function checkSize({ width, height }: Size): void {
  if (width * height <= LARGEST_PICTURE_PIXELS) return;
  throw new BadPicture(
    `is too large: ${width} x ${height} pixels, at most ${LARGEST_PICTURE_PIXELS} are read`,
  );
}

/** libvips, loaded when first needed: one thread for a picture, as pictures are decoded side by side, and no cache. */
async function loadSharp(): Promise<(bytes: Buffer, options: SharpOptions) => Sharp> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}

async function decodeOther(bytes: Buffer, allocate: Allocate): Promise<Size> {
  try {
    const openSharp = await loadSharp();
    const { width, height, space } = await openSharp(bytes, { limitInputPixels: false }).metadata();
    checkSize({ width, height });
    const picture = openSharp(bytes, {
      limitInputPixels: LARGEST_PICTURE_PIXELS,
      failOn: 'error',
      sequentialRead: true,
      ignoreIcc: space !== 'cmyk',
    });
    const { data, info } = await picture
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    toRgb(data, info.channels, allocate(3 * info.width * info.height));
    return { width: info.width, height: info.height };
  } catch (error) {
    if (error instanceof BadPicture) throw error;
    throw new BadPicture(`cannot be decoded: ${messageOf(error)}`, { cause: error });
  }
}

function toRgb(data: Buffer, channels: number, out: Buffer): void {
  if (channels === 3) {
    data.copy(out);
    return;
  }
  for (let from = 0, to = 0; to < out.length; from += channels, to += 3)
    out.fill(data[from]!, to, to + 3);
}
