import { parentPort } from 'node:worker_threads';
import { threadData } from '../loader/thread.ts';
import { Inspector } from './inspector.ts';
import type { Inspection, ThreadTask } from './task.ts';

const task = threadData() as ThreadTask;
const inspector = new Inspector(task);
const port = parentPort!;
const stopped = (): boolean => Atomics.load(task.stop, 0) === 1;

async function answer(images: readonly number[]): Promise<void> {
  const results: Inspection[] = [];
  for (const image of images) {
    if (stopped()) break;
    results.push(await inspector.inspect(image));
  }
  if (stopped()) {
    inspector.close();
    port.close();
    return;
  }
  const memory = results.flatMap((result) => (result.kind === 'packed' ? [result.bytes.buffer] : []));
  port.postMessage(results, memory as ArrayBuffer[]);
}

// The chunks are answered in order. A programming error ends the thread and the inspection.
let last = Promise.resolve();
port.on('message', (images: readonly number[]) => {
  last = last.then(() => answer(images));
});
