import type { Metadata, Sharp, SharpOptions } from 'sharp';
import type { Size } from '../resize/box.ts';
import { InvalidImageError, checkSize, MAX_IMAGE_PIXELS } from './bad-image.ts';
import { cmykToRgb } from './cmyk.ts';
import type { ImageFormat } from './formats.ts';
import { fillBackground, readGifFrame, withoutTransparency } from './gif.ts';
import { readTiffTag } from './tiff-tag.ts';
import type { Allocate } from './turbo-jpeg.ts';

/**
 * The loaders of libvips that are blocked: for drawings, documents, formats that doubletime does not support, and gain maps in
 * JPEGs. Each loader is named, because all threads share libvips: to block all loaders and unblock some would block these
 * for a moment in the other threads.
 */
const BLOCKED_LOADERS = [
  ...['Svg', 'Pdf', 'Magick', 'Openslide', 'Csv', 'Matrix', 'Mat', 'Vips', 'Rad', 'Ppm', 'Analyze'],
  ...['Nifti', 'Fits', 'Jp2k', 'Jxl', 'OpenExr', 'DcRaw', 'Uhdr'],
];

type OpenSharp = (bytes: Buffer, options: SharpOptions) => Sharp;

let loaded: Promise<OpenSharp> | undefined;

/** libvips without a cache, with one thread per image, because several images are decoded at once. */
async function loadSharp(): Promise<OpenSharp> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: BLOCKED_LOADERS.map((name) => `VipsForeignLoad${name}`) });
  return sharp;
}

/** The bytes of a colour profile that name its colour space (ICC.1, 7.2.6). */
const PROFILE_SPACE = [16, 20] as const;

const hasCmykProfile = ({ icc }: Metadata): boolean => icc?.toString('latin1', ...PROFILE_SPACE) === 'CMYK';

/**
 * Decodes all formats except plain JPEG, BMP and PNM to upright RGB: uint8 [height, width, 3].
 * @throws InvalidImageError if the image has too many pixels, is incomplete or not supported; for other damage, the error of
 * libvips.
 */
export async function decodeWithLibvips(bytes: Buffer, format: ImageFormat, allocate: Allocate): Promise<Size> {
  const open = await (loaded ??= loadSharp());
  const metadata = await open(bytes, { limitInputPixels: false }).metadata();
  checkSize(metadata);
  if (format === 'tiff') {
    refuseYcbcr(bytes);
    refuseSamples(metadata);
  }
  const frame = format === 'gif' ? readGifFrame(bytes) : undefined;
  const opaque = frame ? withoutTransparency(bytes, frame) : bytes;
  const { width, height, channels, data } = await decodeSamples(open, opaque, metadata);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new InvalidImageError(`has ${channels} channels, expected grey, RGB or CMYK: convert it to PNG`);
  }
  const rgb = allocate(3 * width * height);
  if (channels === 4) cmykToRgb(data, rgb);
  else if (channels === 3) data.copy(rgb);
  else repeatGrey(data, rgb);
  if (frame) fillBackground(rgb, { width, height }, frame);
  return { width, height };
}

/** TIFF 6.0: PhotometricInterpretation and Compression. */
const PHOTOMETRIC_TAG = 262;
const COMPRESSION_TAG = 259;
const YCBCR = 6;
const JPEG = 7;

/** @throws InvalidImageError for a TIFF in YCbCr without JPEG compression: libvips reads it as if it were RGB. */
function refuseYcbcr(bytes: Buffer): void {
  const [colours, compression] = [PHOTOMETRIC_TAG, COMPRESSION_TAG].map((tag) => readTiffTag(bytes, tag));
  if (colours !== YCBCR || compression === JPEG) return;
  throw new InvalidImageError('is a TIFF in YCbCr, which is not supported: convert it to RGB');
}

/** @throws InvalidImageError for a TIFF whose samples have no one reading as 8 bits, or which libvips does not convert. */
function refuseSamples(metadata: Metadata): void {
  const { depth, space } = metadata;
  if (depth === 'uchar') return;
  const isPlainCmyk = space === 'cmyk' && !hasCmykProfile(metadata);
  if (depth === 'ushort' && !isPlainCmyk) return;
  const what = depth === 'ushort' ? 'in CMYK with 16 bits per sample' : `with samples of type ${depth}`;
  throw new InvalidImageError(`is a TIFF ${what}, which is not supported: convert it to 8 bits per sample`);
}

/** Uint8 samples, [height, width, channels]: grey, RGB, or CMYK without a profile. */
interface Samples extends Size {
  readonly channels: number;
  readonly data: Buffer;
}

async function decodeSamples(open: OpenSharp, bytes: Buffer, metadata: Metadata): Promise<Samples> {
  const isCmyk = metadata.space === 'cmyk';
  const convertsByProfile = isCmyk && hasCmykProfile(metadata);
  const image = open(bytes, {
    limitInputPixels: MAX_IMAGE_PIXELS,
    failOn: 'error',
    sequentialRead: true,
    ignoreIcc: !convertsByProfile,
  }).autoOrient();
  const isPlainCmyk = isCmyk && !convertsByProfile;
  const space = isPlainCmyk ? 'cmyk' : 'srgb';
  if (isPlainCmyk) image.pipelineColourspace(space);
  const { data, info } = await image
    .removeAlpha()
    .toColourspace(space)
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

function repeatGrey(data: Buffer, rgb: Buffer): void {
  for (let from = 0, to = 0; to < rgb.length; from++, to += 3) rgb.fill(data[from]!, to, to + 3);
}
