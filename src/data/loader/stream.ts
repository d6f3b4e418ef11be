import type { UserError } from '../../base/errors.ts';
import type { BatchStream, EvaluationBatch, TrainingBatch } from '../batch.ts';
import { shareStore } from '../store.ts';
import type { Split } from '../store.ts';
import type { WorkerPool } from './pool.ts';
import type { Preparation } from './prepare.ts';
import { rowsInBatch, StreamCell } from './protocol.ts';
import type { SharedStream } from './protocol.ts';

/** What a stream of batches contains. */
export interface StreamPlan {
  readonly kind: 'training' | 'evaluation';
  readonly split: Split;
  readonly preparation: Preparation;
  readonly batch: number;
  readonly seed: number;
  readonly from: number;
  readonly padding: number;
  /** The number of batches of a training stream; endless if undefined. */
  readonly batches?: number;
  /** The largest number of batches prepared ahead of the one in use. */
  readonly prefetchBatches: number;
  readonly workers: number;
}

/** The largest number of rows that a thread claims at once. With 16 rows, the time to claim them does not matter. */
const MAX_CHUNK = 16;

let streamsOpened = 0;

const allocateShared = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * count));

/** The stream of a plan, with all its arrays in shared memory. */
function share(plan: StreamPlan, pool: WorkerPool): SharedStream {
  const { batch, split, preparation } = plan;
  const slots = plan.prefetchBatches + 1;
  const rows = slots * batch;
  const training = plan.kind === 'training';
  return {
    ...plan,
    split: { ...split, store: shareStore(split.store) },
    id: streamsOpened++,
    slots,
    batches: training ? (plan.batches ?? Infinity) : Math.ceil(split.indices.length / batch),
    chunk: Math.min(MAX_CHUNK, Math.max(1, Math.floor(batch / (2 * plan.workers)))),
    cells: allocateShared(StreamCell.filled + slots),
    images: new Uint8Array(pool.takeMemory(rows * 3 * preparation.input ** 2)),
    labels: allocateShared(rows),
    tops: allocateShared(rows),
    lefts: allocateShared(rows),
    flips: allocateShared(rows),
    shown: allocateShared(training ? 0 : split.indices.length),
  };
}

/** Batches that threads prepare ahead in shared memory, also while the main thread runs a step. */
export class PooledStream implements BatchStream<TrainingBatch & EvaluationBatch> {
  private readonly pool: WorkerPool;
  private readonly stream: SharedStream;
  /** Released batches that come after one that is not released yet. */
  private readonly releasedEarly = new Set<number>();
  private taken = 0;
  private closed = false;
  private holdsMemory = true;
  /** The error of each batch that cannot be filled. It is thrown when that batch is next. */
  private readonly bad = new Map<number, UserError>();
  private failure: Error | undefined;
  private resumeWaiting: (() => void) | undefined;

  constructor(pool: WorkerPool, plan: StreamPlan) {
    this.pool = pool;
    this.stream = share(plan, pool);
    pool.open(this.stream, {
      filled: () => this.resumeWaiting?.(),
      bad: (batch, error) => {
        if (!this.bad.has(batch)) this.bad.set(batch, error);
        this.resumeWaiting?.();
      },
      broken: (error) => {
        this.failure = error;
        this.resumeWaiting?.();
      },
    });
  }

  /** @throws UserError for a bad image of this batch: exit code 65, or 74 or 77 if the system could not read it. */
  async next(): Promise<(TrainingBatch & EvaluationBatch) | undefined> {
    if (this.closed) throw new Error('this stream of batches is closed');
    const batch = this.taken;
    if (batch >= this.stream.batches) {
      this.checkShown();
      this.returnMemory();
      return undefined;
    }
    while (!this.isFilled(batch)) {
      this.throwFailure(batch);
      await this.waitUntilFilled(batch);
    }
    this.taken++;
    return this.view(batch);
  }

  close(): Promise<void> {
    this.closed = true;
    Atomics.store(this.stream.cells, StreamCell.closed, 1);
    this.pool.removeListener(this.stream.id);
    return Promise.resolve();
  }

  private throwFailure(batch: number): void {
    if (this.failure) throw this.failure;
    const bad = this.bad.get(batch);
    if (bad) throw bad;
  }

  private isFilled(batch: number): boolean {
    const slot = batch % this.stream.slots;
    return Atomics.load(this.stream.cells, StreamCell.filled + slot) === rowsInBatch(this.stream, batch);
  }

  private async waitUntilFilled(batch: number): Promise<void> {
    Atomics.store(this.stream.cells, StreamCell.awaited, batch + 1);
    // The threads do not keep the process alive; this timer does.
    const alive = setInterval(() => undefined, 2 ** 30);
    try {
      await new Promise<void>((resolve) => {
        this.resumeWaiting = resolve;
        if (this.failure || this.bad.has(batch) || this.isFilled(batch)) resolve();
      });
    } finally {
      clearInterval(alive);
      this.resumeWaiting = undefined;
      Atomics.store(this.stream.cells, StreamCell.awaited, 0);
    }
  }

  private view(batch: number): TrainingBatch & EvaluationBatch {
    const { stream } = this;
    const count = rowsInBatch(stream, batch);
    const from = (batch % stream.slots) * stream.batch;
    const to = from + stream.batch;
    const length = 3 * stream.preparation.input ** 2;
    const images = stream.images.subarray(from * length, to * length);
    images.fill(0, count * length);
    return {
      images,
      labels: stream.labels.subarray(from, to),
      tops: stream.tops.subarray(from, to),
      lefts: stream.lefts.subarray(from, to),
      flips: stream.flips.subarray(from, to),
      count,
      release: () => {
        this.release(batch);
      },
    };
  }

  /** Batches may be released in any order. A slot is reused when all batches before it are released too. */
  private release(batch: number): void {
    const { cells, slots } = this.stream;
    if (batch < Atomics.load(cells, StreamCell.released)) return;
    this.releasedEarly.add(batch);
    for (let first = Atomics.load(cells, StreamCell.released); this.releasedEarly.delete(first); first++) {
      Atomics.store(cells, StreamCell.filled + (first % slots), 0);
      Atomics.store(cells, StreamCell.released, first + 1);
    }
    this.pool.wake();
  }

  /** When the stream has ended and all batches are released, nothing reads or writes the memory any more. */
  private returnMemory(): void {
    const { cells, batches, images } = this.stream;
    if (this.holdsMemory && Atomics.load(cells, StreamCell.released) === batches) {
      this.holdsMemory = false;
      this.pool.returnMemory(images.buffer as SharedArrayBuffer);
    }
  }

  /** @throws Error if a validation image was not shown exactly once. */
  private checkShown(): void {
    const wrong = this.stream.shown.findIndex((times) => times !== 1);
    if (this.stream.kind === 'evaluation' && wrong >= 0) {
      throw new Error(`validation image ${wrong} was shown ${this.stream.shown[wrong]!} times in one evaluation`);
    }
  }
}
