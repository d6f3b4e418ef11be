import { ExitCode } from '../../base/errors.ts';
import type { Size } from '../resize/box.ts';

/** Images with more pixels are refused before they are decoded. Pillow has the same limit (Image.MAX_IMAGE_PIXELS). */
export const MAX_IMAGE_PIXELS = 89_478_485;

/** An image that cannot be used. The message follows the image's path: "is empty". */
export class InvalidImageError extends Error {
  /** 65 if the file is bad; 74 or 77 if the system cannot read it. Only bad files may be skipped. */
  readonly exitCode: ExitCode;

  constructor(message: string, options: ErrorOptions & { exitCode?: ExitCode } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? ExitCode.data;
  }
}

/** How to fix a damaged file, for messages. */
export const REPLACE = 'replace or remove it';

/** A file that ends too early; `reason` says where. */
export const truncated = (reason: string): InvalidImageError =>
  new InvalidImageError(`is truncated: ${reason}; ${REPLACE}`);

/** A file with invalid content; `what` names it with its article, such as "a damaged GIF". */
export const damaged = (reason: string, what = 'damaged'): InvalidImageError =>
  new InvalidImageError(`is ${what}: ${reason}; ${REPLACE}`);

/** @throws InvalidImageError if an image has no pixels or more than MAX_IMAGE_PIXELS. */
export function checkSize({ width, height }: Size): void {
  if (width < 1 || height < 1) throw new InvalidImageError(`has no pixels: ${width} x ${height}; ${REPLACE}`);
  if (width * height <= MAX_IMAGE_PIXELS) return;
  throw new InvalidImageError(
    `is too large: ${width} x ${height} pixels, expected at most ${MAX_IMAGE_PIXELS} in total; make it smaller or remove it`,
  );
}
