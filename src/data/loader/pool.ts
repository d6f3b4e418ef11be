import type { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '../../base/errors.ts';
import { moduleBeside } from '../../base/files/home.ts';
import { waitForExit, threadExit, startThread } from './thread.ts';
import { PoolCell } from './protocol.ts';
import type { FromWorker, SharedStream, ToWorker } from './protocol.ts';

/** What a stream does with the pool's messages. */
export interface StreamListener {
  /** The batch that the stream waits for is filled. */
  filled(): void;
  /** An image of the stream cannot be used. */
  bad(batch: number, error: UserError): void;
  /** A thread has crashed: no more batches will come. */
  broken(error: Error): void;
}

/** Decoding threads for any number of streams. The first stream starts them. */
export class WorkerPool {
  private readonly size: number;
  private readonly cells = new Int32Array(new SharedArrayBuffer(4 * PoolCell.count));
  private readonly listeners = new Map<number, StreamListener>();
  private readonly spare: SharedArrayBuffer[] = [];
  private workers: { worker: Worker; exited: Promise<void> }[] = [];
  private failure: Error | undefined;

  constructor(size: number) {
    this.size = size;
  }

  /** Gives a stream to all threads. If a thread has crashed, the listener is told at once. */
  open(stream: SharedStream, listener: StreamListener): void {
    this.listeners.set(stream.id, listener);
    if (this.failure) {
      listener.broken(this.failure);
      return;
    }
    if (this.workers.length === 0) this.start();
    for (const { worker } of this.workers) worker.postMessage({ open: stream } satisfies ToWorker);
    this.wake();
  }

  /** Shared memory of this size. The memory of ended streams is reused, because each evaluation opens a stream. */
  takeMemory(bytes: number): SharedArrayBuffer {
    const at = this.spare.findIndex((memory) => memory.byteLength === bytes);
    return at < 0 ? new SharedArrayBuffer(bytes) : this.spare.splice(at, 1)[0]!;
  }

  /** Takes back memory that no thread uses any more. */
  returnMemory(memory: SharedArrayBuffer): void {
    this.spare.push(memory);
  }

  /** Removes the listener of a closed stream. */
  removeListener(id: number): void {
    this.listeners.delete(id);
    this.wake();
  }

  /** Makes idle threads search for work again. */
  wake(): void {
    Atomics.add(this.cells, PoolCell.wake, 1);
    Atomics.notify(this.cells, PoolCell.wake);
  }

  /** Stops each thread after its current image. */
  async close(): Promise<void> {
    Atomics.store(this.cells, PoolCell.stop, 1);
    this.wake();
    const workers = this.workers;
    this.workers = [];
    await Promise.all(workers.map(({ worker, exited }) => waitForExit(worker, exited)));
  }

  private start(): void {
    for (let i = 0; i < this.size; i++) {
      const worker = startThread(moduleBeside('./worker.ts', import.meta.url), this.cells, `images-${i}`);
      // A waiting thread must not keep the process alive; a stream that waits for a batch does.
      worker.unref();
      worker.on('message', (message: FromWorker) => {
        this.handleMessage(message);
      });
      worker.on('error', (error) => {
        this.fail(error);
      });
      const exited = threadExit(worker);
      worker.once('exit', () => {
        if (Atomics.load(this.cells, PoolCell.stop) === 0) this.fail(new Error('a decoding thread ended by itself'));
      });
      this.workers.push({ worker, exited });
    }
  }

  private handleMessage(message: FromWorker): void {
    const listener = this.listeners.get(message.stream);
    if (message.kind === 'filled') listener?.filled();
    else listener?.bad(message.batch, new UserError(message.message, message.exitCode));
  }

  private fail(error: Error): void {
    this.failure ??= new Error(`a decoding thread failed: ${messageOf(error)}`, { cause: error });
    for (const listener of this.listeners.values()) listener.broken(this.failure);
  }
}
