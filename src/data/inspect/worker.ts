import { parentPort } from 'node:worker_threads';
import { threadData } from '../thread.ts';
import { Inspector } from './inspector.ts';
import type { Inspection, ThreadTask } from './task.ts';

const task = threadData() as ThreadTask;
const inspector = new Inspector(task);
const port = parentPort!;
const stopped = (): boolean => Atomics.load(task.stop, 0) === 1;

async function answer(pictures: readonly number[]): Promise<void> {
  const results: Inspection[] = [];
  for (const picture of pictures) {
    if (stopped()) break;
    results.push(await inspector.inspect(picture));
  }
  if (stopped()) {
    inspector.close();
    port.close();
    return;
  }
  const memory = results.flatMap((result) =>
    result.kind === 'picked' ? [result.bytes.buffer] : [],
  );
  port.postMessage(results, memory as ArrayBuffer[]);
}

// One chunk after another; a fault of our own ends the thread, and with it the inspection.
let last = Promise.resolve();
port.on('message', (pictures: readonly number[]) => {
  last = last.then(() => answer(pictures));
});
