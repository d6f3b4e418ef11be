import type { Sharp, SharpOptions } from 'sharp';
import { messageOf } from '../../base/errors.ts';
import type { Box, Size } from '../resize/box.ts';
import { wholeOf } from '../resize/box.ts';
import { readJpegHeader } from './jpeg-header.ts';
import type { JpegHeader } from './jpeg-header.ts';
import { loadTurboJpeg } from './turbo-jpeg.ts';
import type { Allocate } from './turbo-jpeg.ts';

/** More pixels than this are refused before they are decoded: Pillow's own limit (Image.MAX_IMAGE_PIXELS). */
export const LARGEST_PICTURE_PIXELS = 89_478_485;

/** Why a picture cannot be used, said so that it can follow its path: "is empty". */
export class BadPicture extends Error {}

/** Which part of a picture is needed, by its size; asked last with the size that comes out. */
export type Choose = (picture: Size) => Box;

/** What lies in memory: a part of a picture that holds at least what was chosen. */
export interface Decoded {
  readonly picture: Size;
  readonly held: Box;
}

const turboJpeg = loadTurboJpeg();

/** Versions of what turns files into pixels. */
export async function decoderVersions(): Promise<Record<string, string>> {
  const { default: sharp } = await import('sharp');
  const { sharp: version, vips } = sharp.versions;
  return {
    ...(turboJpeg ? Object.fromEntries([turboJpeg.source]) : {}),
    sharp: version,
    libvips: vips,
  };
}

/**
 * Decodes a picture file, or at least the part of it that is chosen, to upright RGB, uint8 [height, width, 3], in memory
 * from `allocate`. Plain JPEGs go through libjpeg-turbo, everything else (PNG, WebP, GIF, TIFF, CMYK, EXIF-rotated)
 * through libvips. As in Pillow and torchvision an embedded colour profile has no effect, except on CMYK, and
 * transparency is dropped. The pixels of a part are those of the whole picture; damage below it is not noticed.
 * @throws BadPicture with the reason.
 */
export async function decodePicture(
  bytes: Buffer,
  allocate: Allocate,
  choose: Choose = wholeOf,
): Promise<Decoded> {
  const decoded = decodeJpeg(bytes, allocate, choose);
  if (decoded) return decoded;
  const picture = await decodeOther(bytes, allocate);
  choose(picture);
  return { picture, held: wholeOf(picture) };
}

/** The plain case, without a promise; undefined where libvips has to look at it. */
export function decodeJpeg(
  bytes: Buffer,
  allocate: Allocate,
  choose: Choose = wholeOf,
): Decoded | undefined {
  if (bytes.length === 0) throw new BadPicture('is empty (0 bytes)');
  const header = readJpegHeader(bytes);
  if (!header) return undefined;
  checkSize(header);
  if (!turboJpeg || !isPlain(header)) return undefined;
  const picture = { width: header.width, height: header.height };
  // Nothing also for what is only a warning, such as stray bytes between markers: libvips tells damage from blemish.
  const held = turboJpeg.decode(bytes, picture, choose(picture), allocate);
  return held && { picture, held };
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
