import type { Fingerprint } from './fingerprint.ts';
import type { SkippedClass } from '../base/skipped-class.ts';

/** What is known about a dataset before any image is decoded. Stored in the measurement. */
export interface DataDescription {
  /** cifar10, cifar100, folder, pack or synthetic. */
  readonly source: string;
  readonly name: string;
  readonly classes: readonly string[];
  readonly trainExamples: number;
  readonly validationExamples: number;
  /** sha256 over the images and labels in use. */
  readonly sha256: string;
  /** Images that were skipped before the first epoch was planned. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** What readers of a result must know about the dataset. */
  readonly warnings?: readonly string[];
  /** Skipped images per class; undefined if none were skipped. */
  readonly skippedByClass?: readonly SkippedClass[];
  /** Which part of the whole dataset is used, in words; undefined if all of it. */
  readonly part?: string;
}

/**
 * Images for one training step, valid until `release`. The graph pads them by `Dataset.padding` zero pixels on every side,
 * crops the window of the input size at (tops, lefts), mirrors it if flips is 1, and normalizes it.
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
  /** [n], 1 if the window is mirrored left to right. */
  readonly flips: Int32Array;
  /** Returns the memory to the loader. */
  readonly release: () => void;
}

/** Validation images at the input size. Only the first `count` are images; the rest pads the batch. */
export interface EvaluationBatch {
  /** uint8, [n, input, input, 3], RGB. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly count: number;
  readonly release: () => void;
}

/** Batches in a fixed order. `next` waits for the loader and returns undefined after the last batch. */
export interface BatchStream<Batch> {
  next(): Promise<Batch | undefined>;
  close(): Promise<void>;
}

/** How training images are fed to the graph. */
export interface FedImages {
  /** Height and width in pixels of the images in a training batch, before padding. */
  readonly side: number;
  /** Zero pixels that the graph adds on each side before it crops the window. */
  readonly padding: number;
}

/** Images of a dataset: uint8 [count, side, side, 3], RGB. */
export interface FirstImages {
  readonly images: Uint8Array;
  readonly count: number;
  readonly side: number;
}

/** Which training batches a stream has. */
export interface TrainingStreamOptions {
  readonly seed: number;
  readonly batch: number;
  /** The first position, in examples. */
  readonly from: number;
  /** Index of the stage of a run whose image size changes. */
  readonly stage?: number;
  /** Batches that will be taken at most; more are not prepared. */
  readonly batches?: number;
}

/** An open dataset. */
export interface Dataset extends FedImages {
  readonly description: DataDescription;
  /** Reads some of the image files, to detect later whether they have changed; undefined for packs and memory. */
  readonly fingerprint?: () => Fingerprint | undefined;
  /** How the images of each stage are fed, where the image size changes; `training` takes the index. */
  readonly stages?: readonly FedImages[];
  /**
   * Endless training batches. Position p of the stream is example p mod trainExamples of the shuffled epoch
   * floor(p / trainExamples): a batch may contain the end of one epoch and the start of the next, and each example comes
   * once per epoch. Everything random is a function of (seed, epoch, example), so a stream can start at any position.
   */
  training(options: TrainingStreamOptions): BatchStream<TrainingBatch>;
  /** The first training images in the order of the source, as an evaluation would see them at `data.input` pixels. */
  first(count: number): Promise<FirstImages>;
  /** Every validation image exactly once. */
  evaluation(options: { batch: number }): BatchStream<EvaluationBatch>;
  close(): Promise<void>;
}
