import type { Fingerprint } from './fingerprint.ts';
import type { SkippedClass } from './skipped-classes.ts';

/** What is known of a dataset before the first image is decoded; becomes part of the measurement. */
export interface DataDescription {
  /** cifar10, cifar100, folder, pack or synthetic. */
  readonly source: string;
  readonly name: string;
  readonly classes: readonly string[];
  readonly trainExamples: number;
  readonly validationExamples: number;
  /** sha256 over the set of examples and labels in use. */
  readonly sha256: string;
  /** Images left out before the epochs were planned. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** What those who read a result have to know about the dataset. */
  readonly warnings?: readonly string[];
  /** How many of each class were left out, where any were. */
  readonly skippedByClass?: readonly SkippedClass[];
  /** What was taken of the whole set, in words, where it is a part. */
  readonly part?: string;
}

/**
 * Images for one training step, valid until `release`. The graph pads them by `Images.padding` zero pixels on every
 * side, takes the window of the input's size at (tops, lefts), mirrors where flips is 1, and normalizes.
 */
export interface TrainingBatch {
  /** uint8, [n, side, side, 3], RGB. */
  readonly images: Uint8Array;
  /** [n], class indices. */
  readonly labels: Int32Array;
  /** [n], first row of the window in the padded image. */
  readonly tops: Int32Array;
  /** [n], first column of the window in the padded image. */
  readonly lefts: Int32Array;
  /** [n], 1 where the window is mirrored left to right. */
  readonly flips: Int32Array;
  /** Gives the shared memory back to the loader. */
  readonly release: () => void;
}

/** Validation images at the input's own size; only the first `count` are real, the rest is padding to a full batch. */
export interface EvaluationBatch {
  /** uint8, [n, input, input, 3], RGB. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly count: number;
  readonly release: () => void;
}

/** Batches in a fixed order; `next` waits for the loader, `undefined` after the last. */
export interface BatchStream<Batch> {
  next(): Promise<Batch | undefined>;
  close(): Promise<void>;
}

/** A dataset that is ready to be read. */
export interface Dataset {
  readonly description: DataDescription;
  /** Reads some of the image files, where there are any, to tell later whether they are still the same. */
  readonly fingerprint?: () => Fingerprint | undefined;
  /** Height and width in pixels of the training images as they are fed, before padding. */
  readonly side: number;
  /** Zero pixels the graph adds on each side before it takes the window. */
  readonly padding: number;
  /**
   * Endless training batches. Position p of the stream is example p mod trainExamples of the shuffled epoch
   * floor(p / trainExamples): batches run on across the ends of epochs, every example comes once an epoch.
   * Everything random is a function of (seed, epoch, example), so a stream can start anywhere: `from` is in examples.
   */
  training(options: { seed: number; batch: number; from: number }): BatchStream<TrainingBatch>;
  /** Every validation image exactly once. */
  evaluation(options: { batch: number }): BatchStream<EvaluationBatch>;
  close(): Promise<void>;
}
