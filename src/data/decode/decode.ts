import { messageOf } from '../../base/errors.ts';
import type { Box, Size } from '../resize/box.ts';
import { fullBox } from '../resize/box.ts';
import { InvalidImageError, checkSize, REPLACE } from './bad-image.ts';
import { decodeBmp } from './bmp.ts';
import { describeUnsupported } from './unsupported.ts';
import { detectFormat } from './formats.ts';
import { readJpegHeader } from './jpeg-header.ts';
import type { JpegHeader } from './jpeg-header.ts';
import { decodeWithLibvips } from './libvips.ts';
import { decodePnm } from './pnm.ts';
import { loadTurboJpeg } from './turbo-jpeg.ts';
import type { Allocate } from './turbo-jpeg.ts';

export { InvalidImageError, MAX_IMAGE_PIXELS } from './bad-image.ts';

/** Chooses the part of an image that is needed. It may be called several times; the last call has the correct size. */
export type ChooseBox = (image: Size) => Box;

/** A decoded image: its size, and the part that is in memory, which contains the chosen part. */
export interface Decoded {
  readonly image: Size;
  readonly held: Box;
}

const turboJpeg = loadTurboJpeg();

/** The libraries that decode images, with their versions. */
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
 * Decodes an image file, or at least the chosen part of it, to upright RGB, uint8 [height, width, 3], in memory from
 * `allocate`. libjpeg-turbo decodes plain JPEGs, doubletime's own decoders BMP and PNM, and libvips all other files (PNG,
 * WebP, GIF, TIFF, AVIF, and JPEGs in CMYK or rotated by EXIF). As in Pillow and torchvision, an embedded colour profile has
 * no effect, except on CMYK. Transparency is dropped: the colour stored under it is shown. A part has the same pixels as in
 * the whole image. Damage below the part is not detected.
 * @throws InvalidImageError with the reason.
 */
export async function decodeImage(bytes: Buffer, allocate: Allocate, choose: ChooseBox = fullBox): Promise<Decoded> {
  const decoded = decodeJpeg(bytes, allocate, choose);
  if (decoded) return decoded;
  const image = await decodeOther(bytes, allocate);
  choose(image);
  return { image, held: fullBox(image) };
}

/** Decodes a plain JPEG, or at least the chosen part of it, without a promise. Undefined if another decoder must decode it. */
export function decodeJpeg(bytes: Buffer, allocate: Allocate, choose: ChooseBox = fullBox): Decoded | undefined {
  if (bytes.length === 0) throw new InvalidImageError('is empty (0 bytes): copy or download it again');
  const header = readJpegHeader(bytes);
  if (!header) return undefined;
  checkSize(header);
  if (!turboJpeg || !isPlain(header)) return undefined;
  const image = { width: header.width, height: header.height };
  // Also undefined after a warning, such as stray bytes between markers: libvips then decides whether the file is damaged.
  const held = turboJpeg.decode(bytes, image, choose(image), allocate);
  return held && { image, held };
}

const isPlain = ({ components, precision, orientation }: JpegHeader): boolean =>
  (components === 1 || components === 3) && precision === 8 && orientation === 1;

/** The largest number of characters of a library's message; some libraries repeat a message many times. */
const MAX_REASON_LENGTH = 160;

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
      .slice(0, MAX_REASON_LENGTH)
      .replace(/[:.\s]*$/, '');
    throw new InvalidImageError(`cannot be decoded: ${reason}; ${REPLACE}`, { cause: error });
  }
}
