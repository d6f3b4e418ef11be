import { ExitCode } from '../../base/errors.ts';
import type { Size } from '../resize/box.ts';

/** Images with more pixels are refused before decoding. The same limit as in Pillow (Image.MAX_IMAGE_PIXELS). */
export const MAX_IMAGE_PIXELS = 89_478_485;

/** Why an image cannot be used. The message completes the image's path: "is empty". */
export class InvalidImageError extends Error {
  /** 65 if the file is bad; 74 or 77 if the system could not read it. Such an image is never skipped. */
  readonly exitCode: ExitCode;

  constructor(message: string, options: ErrorOptions & { exitCode?: ExitCode } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? ExitCode.data;
  }
}

/** @throws InvalidImageError if an image has no pixels or more than MAX_IMAGE_PIXELS. */
export function checkSize({ width, height }: Size): void {
  if (width < 1 || height < 1) throw new InvalidImageError(`has no pixels: ${width} x ${height}`);
  if (width * height <= MAX_IMAGE_PIXELS) return;
  throw new InvalidImageError(
    `is too large: ${width} x ${height} pixels, expected at most ${MAX_IMAGE_PIXELS} in total; make it smaller or remove it`,
  );
}
