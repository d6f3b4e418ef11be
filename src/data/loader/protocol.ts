import type { ExitCode } from '../../base/errors.ts';
import type { Split } from '../store.ts';
import type { Preparation } from './prepare.ts';

/** Cells of the pool's shared Int32Array. */
export const PoolCell = {
  /** Increased whenever an idle worker may have work again. */
  wake: 0,
  /** 1 tells the threads to exit. */
  stop: 1,
  count: 2,
} as const;

/** Cells of a stream's shared Int32Array. */
export const StreamCell = {
  /** Number of chunks that workers have claimed. */
  claimed: 0,
  /** Number of released batches. Batch b may be filled if b - slots < released. */
  released: 1,
  /** 1 if the stream is closed. */
  closed: 2,
  /** 1 + the batch that the main thread waits for; 0 if it does not wait. */
  awaited: 3,
  /** The first of the cells with the number of filled rows, one cell per slot. */
  filled: 4,
} as const;

/** A stream as workers see it. All arrays are in shared memory; batch b uses slot b mod slots. */
export interface SharedStream {
  readonly id: number;
  readonly kind: 'training' | 'evaluation';
  readonly split: Split;
  readonly preparation: Preparation;
  readonly batch: number;
  /** Batches of the whole stream; Infinity for endless training. */
  readonly batches: number;
  readonly slots: number;
  /** Number of rows that a worker claims at once. */
  readonly chunk: number;
  readonly seed: number;
  /** Position of the first example in the endless training stream. */
  readonly from: number;
  readonly cells: Int32Array;
  /** [slots, batch, input, input, 3] */
  readonly images: Uint8Array;
  /** [slots, batch] each. */
  readonly labels: Int32Array;
  readonly tops: Int32Array;
  readonly lefts: Int32Array;
  readonly flips: Int32Array;
  /** [examples], how often each was shown; empty for training. */
  readonly shown: Int32Array;
  /** Zero pixels that the graph adds on each side. */
  readonly padding: number;
}

/** A message to a worker. */
export interface ToWorker {
  readonly open: SharedStream;
}

/** A message from a worker. */
export type FromWorker =
  | { readonly kind: 'filled'; readonly stream: number }
  | {
      readonly kind: 'bad';
      readonly stream: number;
      readonly batch: number;
      readonly message: string;
      readonly exitCode: ExitCode;
    };

/** Number of examples in a batch; the last batch of an evaluation may have fewer. */
export const rowsInBatch = (stream: SharedStream, batch: number): number =>
  stream.kind === 'training'
    ? stream.batch
    : Math.min(stream.batch, stream.split.indices.length - batch * stream.batch);
