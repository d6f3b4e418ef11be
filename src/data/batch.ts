import type { Fingerprint } from './fingerprint.ts';
import type { SkippedClass } from '../base/skipped-class.ts';

/** What is known about a dataset before any image is decoded. Stored in the measurement. */
export interface DataDescription {
  /** The name of the data source: cifar10, cifar100, folder, pack or synthetic. */
  readonly source: string;
  readonly name: string;
  readonly classes: readonly string[];
  readonly trainExamples: number;
  readonly validationExamples: number;
  /** sha256 of the images and labels in use, in hex (`hashDataset`). */
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
 * Images for one training step, valid until `release`. The graph pads them by `Dataset.padding` black or reflected pixels on
 * every side, crops the window of the input size at (tops, lefts), mirrors it if flips is 1, and normalizes it.
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

/** Validation images at the input size. Only the first `count` rows hold images; the other rows are black. */
export interface EvaluationBatch {
  /** uint8, [n, input, input, 3], RGB. */
  readonly images: Uint8Array;
  /** [n], class indices; only the first `count` are set. */
  readonly labels: Int32Array;
  readonly count: number;
  /** Returns the memory to the loader. */
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
  /** Pixels, black or reflected, that the graph adds on each side before it crops the window. */
  readonly padding: number;
}

/** The first training images of a dataset: uint8 [count, side, side, 3], RGB. */
export interface FirstImages {
  readonly images: Uint8Array;
  readonly count: number;
  readonly side: number;
}

/** Where a stream of training batches starts, and how large its batches are. */
export interface TrainingStreamOptions {
  readonly seed: number;
  /** Examples per batch. */
  readonly batch: number;
  /** Position of the first example in the endless stream (`Dataset.training`). */
  readonly from: number;
  /** Index of the stage, if the image size changes during the run. */
  readonly stage?: number;
  /** The caller takes at most this many batches; the loader prepares no more. */
  readonly batches?: number;
}

/** An open dataset. */
export interface Dataset extends FedImages {
  readonly description: DataDescription;
  /** Reads some of the image files, to detect later whether they have changed; undefined for packs and memory. */
  readonly fingerprint?: () => Fingerprint | undefined;
  /** How the images of each stage are fed, if the image size changes during the run; `training` takes the index. */
  readonly stages?: readonly FedImages[];
  /**
   * Endless training batches. Position p of the stream is example p mod trainExamples of the shuffled epoch
   * floor(p / trainExamples): a batch may contain the end of one epoch and the start of the next, and each example comes
   * once per epoch. All random changes are functions of (seed, epoch, example), so a stream can start at any position.
   */
  training(options: TrainingStreamOptions): BatchStream<TrainingBatch>;
  /** The first training images in the order of the source, as an evaluation would see them at `data.input` pixels. */
  first(count: number): Promise<FirstImages>;
  /** Every validation image exactly once. */
  evaluation(options: { batch: number }): BatchStream<EvaluationBatch>;
  close(): Promise<void>;
}
