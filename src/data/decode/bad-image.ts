import { ExitCode } from '../../base/errors.ts';
import type { Size } from '../resize/box.ts';

/** More pixels than this are refused before they are decoded: Pillow's own limit (Image.MAX_IMAGE_PIXELS). */
export const MAX_IMAGE_PIXELS = 89_478_485;

/** Why an image cannot be used, said so that it can follow its path: "is empty". */
export class InvalidImageError extends Error {
  /** 65 where the file itself is bad; 74 or 77 where the system failed to read it: such an image is never skipped. */
  readonly exitCode: ExitCode;

  constructor(message: string, options: ErrorOptions & { exitCode?: ExitCode } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? ExitCode.data;
  }
}

/** @throws InvalidImageError for an image that would take too much memory, or has no pixels. */
export function checkSize({ width, height }: Size): void {
  if (width < 1 || height < 1) throw new InvalidImageError(`has no pixels: ${width} x ${height}`);
  if (width * height <= MAX_IMAGE_PIXELS) return;
  throw new InvalidImageError(
    `is too large: ${width} x ${height} pixels, at most ${MAX_IMAGE_PIXELS} are read; make it smaller or remove it`,
  );
}
