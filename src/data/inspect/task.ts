import type { ExitCode } from '../../base/errors.ts';
import type { ImageStore } from '../store.ts';

/** The size, digest and statistics of an image. */
export interface CheckedImage {
  readonly kind: 'checked';
  readonly width: number;
  readonly height: number;
  /** The first 16 bytes of the sha256 over size and pixels, in hex. */
  readonly digest: string;
  /** The sum of all bytes of each channel. */
  readonly sums: readonly [number, number, number];
  /** The sum of the squares of all bytes of each channel. */
  readonly squares: readonly [number, number, number];
}

/** An image as the record of a pack. */
export interface PackedImage {
  readonly kind: 'packed';
  readonly width: number;
  readonly height: number;
  /** Raw RGB [height, width, 3], or the original JPEG file. */
  readonly bytes: Uint8Array;
}

/** An image that cannot be decoded or read. */
export interface BadImage {
  readonly kind: 'bad';
  /** The image's name and the reason. */
  readonly message: string;
  /** 65 if the file is bad; 74 or 77 if the system could not read it. */
  readonly exitCode: ExitCode;
}

/** An image that can be decoded. */
export interface GoodImage {
  readonly kind: 'good';
}

/** The result of a task for one image. */
export type Inspection = CheckedImage | PackedImage | GoodImage | BadImage;

/** What to do with each image of a store: decode it, check it, or make it a record of a pack. */
export interface Task {
  readonly store: ImageStore;
  readonly task:
    | { readonly kind: 'check' | 'decode' }
    | {
        readonly kind: 'pack';
        readonly store: 'raw' | 'jpeg';
        readonly resize: 'shorter' | 'box' | 'none';
        readonly size: number | null;
      };
}

/** A task for a thread. The thread stops when `stop[0]` becomes 1. */
export interface ThreadTask extends Task {
  readonly stop: Int32Array;
}
