import type { Worker } from 'node:worker_threads';
import { moduleBeside } from '../../base/files/home.ts';
import { shareStore } from '../store.ts';
import { waitForExit, threadExit, startThread } from '../loader/thread.ts';
import { Inspector } from './inspector.ts';
import type { Inspection, Task, ThreadTask } from './task.ts';

/** Fewer images are inspected faster without threads. */
const MIN_IMAGES_FOR_THREADS = 64;
/** Images per message to a thread. */
const CHUNK = 16;
/** Chunks per thread: the current one and the next one. */
const CHUNKS_AHEAD = 2;

/**
 * Inspects every image with `workers` threads and passes the results to `take`, one at a time, in the order of the images.
 * Only a few chunks are in progress at once, so memory stays small even if `take` is slow. An error of a thread or of `take`
 * stops all threads and is thrown.
 */
export async function inspectImages(
  task: Task,
  images: ArrayLike<number>,
  workers: number,
  take: (result: Inspection, index: number) => void | Promise<void>,
): Promise<void> {
  if (images.length < MIN_IMAGES_FOR_THREADS) {
    await inspectOnMainThread(task, images, take);
    return;
  }
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const shared: ThreadTask = { ...task, store: shareStore(task.store), stop };
  const threads = Array.from({ length: workers }, (_, i) =>
    startThread(moduleBeside('./worker.ts', import.meta.url), shared, `inspect-${i}`),
  );
  const exits = threads.map(threadExit);
  try {
    const answers = new Map<number, Promise<Inspection[]>>();
    const inspectors = threads.map((thread) => new InspectionThread(thread));
    const chunks = Math.ceil(images.length / CHUNK);
    for (let chunk = 0, requested = 0; chunk < chunks; chunk++) {
      for (; requested < Math.min(chunks, chunk + workers * CHUNKS_AHEAD); requested++) {
        const indices = Array.prototype.slice.call(images, requested * CHUNK, (requested + 1) * CHUNK) as number[];
        answers.set(requested, inspectors[requested % workers]!.ask(indices));
      }
      const results = await answers.get(chunk)!;
      answers.delete(chunk);
      for (const [i, result] of results.entries()) await take(result, chunk * CHUNK + i);
    }
  } finally {
    Atomics.store(stop, 0, 1);
    for (const thread of threads) thread.postMessage([]);
    await Promise.all(threads.map((thread, i) => waitForExit(thread, exits[i]!)));
  }
}

async function inspectOnMainThread(
  task: Task,
  images: ArrayLike<number>,
  take: (result: Inspection, index: number) => void | Promise<void>,
): Promise<void> {
  const inspector = new Inspector(task);
  try {
    for (let index = 0; index < images.length; index++) {
      await take(await inspector.inspect(images[index]!), index);
    }
  } finally {
    inspector.close();
  }
}

/** A thread that answers requests in their order. */
class InspectionThread {
  private readonly thread: Worker;
  private readonly waiting: PendingAnswer[] = [];

  constructor(thread: Worker) {
    this.thread = thread;
    thread.on('message', (results: Inspection[]) => this.waiting.shift()?.resolve(results));
    thread.on('error', (error) => {
      this.fail(error);
    });
    thread.on('exit', () => {
      this.fail(new Error('a thread that inspects images ended by itself'));
    });
  }

  ask(images: readonly number[]): Promise<Inspection[]> {
    const answer = new Promise<Inspection[]>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
    // The promise may reject before anyone awaits it; awaiting it later still throws.
    answer.catch(() => undefined);
    this.thread.postMessage(images);
    return answer;
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

interface PendingAnswer {
  readonly resolve: (results: Inspection[]) => void;
  readonly reject: (error: Error) => void;
}
