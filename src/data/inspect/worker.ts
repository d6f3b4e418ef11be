import { parentPort } from 'node:worker_threads';
import { threadData } from '../thread.ts';
import { Inspector } from './inspector.ts';
import type { Inspection, Task } from './task.ts';

const inspector = new Inspector(threadData() as Task);
const port = parentPort!;

async function answer(pictures: readonly number[]): Promise<void> {
  const results: Inspection[] = [];
  for (const picture of pictures) results.push(await inspector.inspect(picture));
  const memory = results.flatMap((result) =>
    result.kind === 'picked' ? [result.bytes.buffer] : [],
  );
  port.postMessage(results, memory as ArrayBuffer[]);
}

port.on('message', (pictures: readonly number[]) => {
  // A fault of our own ends the thread, and with it the inspection.
  void answer(pictures);
});
