import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Box, Size } from '../resize/box.ts';

/** Returns memory of this many bytes for the decoded image. */
export type Allocate = (length: number) => Buffer;

/**
 * libjpeg-turbo through its TurboJPEG 3 interface (turbojpeg.h). The library comes with @julusian/jpeg-turbo. That package's
 * own binding always decodes whole images, with the fast inverse DCT. This one uses the accurate inverse DCT, as Pillow does,
 * and decodes only the part of the image that is needed.
 */
export interface TurboJpeg {
  /** The package that the library comes with, and its version. */
  readonly source: readonly [name: string, version: string];
  /**
   * Decodes a part of an image that contains `box` to uint8 [height, width, 3]. The pixels in the box are the same as in the
   * whole image.
   * @returns that part; undefined if the library reports an error or a warning.
   */
  decode(bytes: Buffer, image: Size, box: Box, allocate: Allocate): Box | undefined;
}

/** turbojpeg.h: enum TJPARAM, TJINIT and TJPF. */
const STOP_ON_WARNING = 0;
const SUBSAMPLING = 4;
const TO_DECOMPRESS = 1;
const RGB = 0;
/** tjMCUWidth, by TJSAMP: 4:4:4, 4:2:2, 4:2:0, grey, 4:4:0, 4:1:1, 4:4:1. A part begins at a block. */
const BLOCK_WIDTHS = [8, 16, 16, 8, 8, 32, 8];
/** Pixels around a part: subsampled colours are interpolated with their neighbours, which an edge of a part lacks. */
const MARGIN = 2;

const require = createRequire(import.meta.url);
const PACKAGE = '@julusian/jpeg-turbo';

/** A decoder for this thread. Undefined if the library does not support this machine; libvips then decodes all JPEGs. */
export function loadTurboJpeg(): TurboJpeg | undefined {
  try {
    return openLibrary();
  } catch {
    return undefined;
  }
}

/** On Linux the library is a separate file; on macOS its functions are in the package's binding. */
function libraryFile(folder: string): string {
  const { platform, arch, report } = process;
  if (platform !== 'linux') {
    return join(folder, 'prebuilds', `jpeg-turbo-${platform}-${arch}`, 'node-napi-v7.node');
  }
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  const musl = header.glibcVersionRuntime === undefined ? '-musl' : '';
  return join(folder, 'prebuilds', `jpeg-turbo-linux-${arch}${musl}`, 'libturbojpeg.so.0');
}

function openLibrary(): TurboJpeg {
  const koffi = require('koffi') as typeof import('koffi');
  const manifest = require.resolve(`${PACKAGE}/package.json`);
  const library = koffi.load(libraryFile(dirname(manifest)));
  const pointer = 'void *';
  const region = koffi.struct({ x: 'int', y: 'int', w: 'int', h: 'int' });
  const calls = {
    init: library.func('tj3Init', pointer, ['int']),
    set: library.func('tj3Set', 'int', [pointer, 'int', 'int']),
    get: library.func('tj3Get', 'int', [pointer, 'int']),
    readHeader: library.func('tj3DecompressHeader', 'int', [pointer, pointer, 'size_t']),
    crop: library.func('tj3SetCroppingRegion', 'int', [pointer, region]),
    decompress: library.func('tj3Decompress8', 'int', [pointer, pointer, 'size_t', pointer, 'int', 'int']),
  } as Calls & { init: (kind: number) => unknown; set: Call<[parameter: number, value: number]> };
  const handle = calls.init(TO_DECOMPRESS);
  if (handle === null || calls.set(handle, STOP_ON_WARNING, 1) !== 0)
    throw new Error('libjpeg-turbo cannot create a decoder');
  const { version } = require(manifest) as { version: string };
  return { source: [PACKAGE, version], decode: createDecoder(handle, calls) };
}

/** A function of the library; its first argument is the handle. */
type Call<Arguments extends readonly unknown[]> = (handle: unknown, ...rest: Arguments) => number;

interface Region {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** All functions except `get` return 0 on success. */
interface Calls {
  readonly get: Call<[parameter: number]>;
  readonly readHeader: Call<[bytes: Buffer, length: number]>;
  readonly crop: Call<[region: Region]>;
  readonly decompress: Call<[bytes: Buffer, length: number, out: Buffer, pitch: number, format: number]>;
}

const createDecoder =
  (handle: unknown, { get, readHeader, crop, decompress }: Calls): TurboJpeg['decode'] =>
  (bytes, image, box, allocate) => {
    if (readHeader(handle, bytes, bytes.length) !== 0) return undefined;
    const part = partAround(image, box, BLOCK_WIDTHS[get(handle, SUBSAMPLING)]);
    if (crop(handle, croppingRegion(image, part)) !== 0) return undefined;
    const out = allocate(3 * part.width * part.height);
    return decompress(handle, bytes, bytes.length, out, 0, RGB) === 0 ? part : undefined;
  };

/**
 * The region as the library expects it. All zeros means the whole image; this also works for JPEGs that cannot be decoded in
 * parts (lossless, unusual subsampling).
 */
function croppingRegion(image: Size, { left, top, width, height }: Box): Region {
  const whole = width === image.width && height === image.height;
  return whole ? { x: 0, y: 0, w: 0, h: 0 } : { x: left, y: top, w: width, h: height };
}

/** The box with a margin around it, from the start of a block. The whole image if the block width is unknown. */
function partAround({ width, height }: Size, box: Box, blockWidth: number | undefined): Box {
  if (blockWidth === undefined) return { left: 0, top: 0, width, height };
  const left = Math.floor(Math.max(0, box.left - MARGIN) / blockWidth) * blockWidth;
  const top = Math.max(0, box.top - MARGIN);
  return {
    left,
    top,
    width: Math.min(width, box.left + box.width + MARGIN) - left,
    height: Math.min(height, box.top + box.height + MARGIN) - top,
  };
}
