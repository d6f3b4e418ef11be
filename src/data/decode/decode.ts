import { messageOf } from '../../base/errors.ts';
import type { Box, Size } from '../resize/box.ts';
import { fullBox } from '../resize/box.ts';
import { InvalidImageError, checkSize } from './bad-image.ts';
import { decodeBmp } from './bmp.ts';
import { describeUnsupported } from './foreign.ts';
import { detectFormat } from './formats.ts';
import { readJpegHeader } from './jpeg-header.ts';
import type { JpegHeader } from './jpeg-header.ts';
import { decodeWithLibvips } from './libvips.ts';
import { decodePnm } from './pnm.ts';
import { loadTurboJpeg } from './turbo-jpeg.ts';
import type { Allocate } from './turbo-jpeg.ts';

export { InvalidImageError, MAX_IMAGE_PIXELS } from './bad-image.ts';

/** Which part of an image is needed, by its size; asked last with the size that comes out. */
export type ChooseBox = (image: Size) => Box;

/** What lies in memory: a part of an image that holds at least what was chosen. */
export interface Decoded {
  readonly image: Size;
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
 * Decodes an image file, or at least the part of it that is chosen, to upright RGB, uint8 [height, width, 3], in memory
 * from `allocate`. Plain JPEGs go through libjpeg-turbo, BMP and PNM through decoders of our own, everything else (PNG, WebP,
 * GIF, TIFF, AVIF, CMYK, EXIF-rotated) through libvips. As in Pillow and torchvision an embedded colour profile has no
 * effect, except on CMYK, and transparency is dropped: the colour that is stored under it is shown. The pixels of a part are those of the whole image; damage below it is not noticed.
 * @throws InvalidImageError with the reason.
 */
export async function decodeImage(bytes: Buffer, allocate: Allocate, choose: ChooseBox = fullBox): Promise<Decoded> {
  const decoded = decodeJpeg(bytes, allocate, choose);
  if (decoded) return decoded;
  const image = await decodeOther(bytes, allocate);
  choose(image);
  return { image, held: fullBox(image) };
}

/** The plain case, without a promise; undefined where libvips has to look at it. */
export function decodeJpeg(bytes: Buffer, allocate: Allocate, choose: ChooseBox = fullBox): Decoded | undefined {
  if (bytes.length === 0) throw new InvalidImageError('is empty (0 bytes): copy or download it again');
  const header = readJpegHeader(bytes);
  if (!header) return undefined;
  checkSize(header);
  if (!turboJpeg || !isPlain(header)) return undefined;
  const image = { width: header.width, height: header.height };
  // Nothing also for what is only a warning, such as stray bytes between markers: libvips tells damage from blemish.
  const held = turboJpeg.decode(bytes, image, choose(image), allocate);
  return held && { image, held };
}

const isPlain = ({ components, precision, orientation }: JpegHeader): boolean =>
  (components === 1 || components === 3) && precision === 8 && orientation === 1;

/** Characters of a library's message: some say the same again and again. */
const MAX_REASON = 160;

async function decodeOther(bytes: Buffer, allocate: Allocate): Promise<Size> {
  const format = detectFormat(bytes);
  if (format === undefined) throw new InvalidImageError(describeUnsupported(bytes));
  try {
    if (format === 'bmp') return decodeBmp(bytes, allocate);
    if (format === 'pnm') return decodePnm(bytes, allocate);
    return await decodeWithLibvips(bytes, format, allocate);
  } catch (error) {
    if (error instanceof InvalidImageError) throw error;
    const reason = messageOf(error)
      .slice(0, MAX_REASON)
      .replace(/[:.\s]*$/, '');
    throw new InvalidImageError(`cannot be decoded: ${reason}; replace it or remove it`, { cause: error });
  }
}
