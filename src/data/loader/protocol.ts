import type { ExitCode } from '../../base/errors.ts';
import type { Split } from '../store.ts';
import type { Preparation } from './prepare.ts';

/** Cells of the pool's shared Int32Array. */
export const PoolCell = {
  /** Raised with everything that may give an idle worker something to do. */
  wake: 0,
  /** 1 when the threads shall end. */
  stop: 1,
  count: 2,
} as const;

/** Cells of a stream's shared Int32Array. */
export const StreamCell = {
  /** Chunks that workers have taken. */
  claimed: 0,
  /** Batches given back: batch b may be filled once b - slots < released. */
  released: 1,
  /** 1 when nobody wants the stream any more. */
  closed: 2,
  /** The batch the main thread waits for, plus one; 0 when it does not wait. */
  awaited: 3,
  /** From here: rows filled, one cell a slot. */
  filled: 4,
} as const;

/** A stream as workers see it; all arrays lie in shared memory. Batch b lives in slot b mod slots. */
export interface SharedStream {
  readonly id: number;
  readonly kind: 'training' | 'evaluation';
  readonly split: Split;
  readonly preparation: Preparation;
  readonly batch: number;
  /** Batches of the whole stream: Infinity for training. */
  readonly batches: number;
  readonly slots: number;
  /** Rows of a batch that a worker takes at once. */
  readonly chunk: number;
  readonly seed: number;
  /** Position in the training stream of its first example. */
  readonly from: number;
  readonly cells: Int32Array;
  /** [slots, batch, input, input, 3] */
  readonly images: Uint8Array;
  /** [slots, batch] each. */
  readonly labels: Int32Array;
  readonly tops: Int32Array;
  readonly lefts: Int32Array;
  readonly flips: Int32Array;
  /** [examples], how often each was shown; for evaluation only, else empty. */
  readonly shown: Int32Array;
  /** Pixels of padding that the graph adds. */
  readonly padding: number;
}

/** What is told to a worker. */
export interface ToWorker {
  readonly open: SharedStream;
}

/** What a worker tells. */
export type FromWorker =
  | { readonly kind: 'filled'; readonly stream: number }
  | {
      readonly kind: 'bad';
      readonly stream: number;
      readonly batch: number;
      readonly message: string;
      readonly exitCode: ExitCode;
    };

/** Examples of an evaluation's batch: the last may have fewer. */
export const rowsInBatch = (stream: SharedStream, batch: number): number =>
  stream.kind === 'training'
    ? stream.batch
    : Math.min(stream.batch, stream.split.indices.length - batch * stream.batch);
