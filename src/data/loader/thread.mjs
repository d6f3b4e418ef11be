// Every worker thread starts here. Plain JavaScript: it loads tsx if this Node cannot read TypeScript.
import { workerData } from 'node:worker_threads';

if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import(workerData.module);
