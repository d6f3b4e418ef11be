import type { ExitCode } from '../../base/errors.ts';
import type { ImageStore } from '../store.ts';

export interface CheckedImage {
  readonly kind: 'checked';
  readonly width: number;
  readonly height: number;
  /** First half of the sha256 over size and pixels, in hex. */
  readonly digest: string;
  /** Sums over the bytes of each channel. */
  readonly sums: readonly [number, number, number];
  readonly squares: readonly [number, number, number];
}

export interface PackedImage {
  readonly kind: 'picked';
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

export interface BadImage {
  readonly kind: 'bad';
  /** Names the image and the reason. */
  readonly message: string;
  /** 65 if the file is bad; 74 or 77 if the system could not read it. */
  readonly exitCode: ExitCode;
}

/** An image that can be decoded. */
export interface GoodImage {
  readonly kind: 'good';
}

export type Inspection = CheckedImage | PackedImage | GoodImage | BadImage;

/** What threads do with each image of a store. */
export interface Task {
  readonly store: ImageStore;
  readonly task:
    | { readonly kind: 'check' | 'try' }
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
