// What a worker thread starts with: plain JavaScript that lets tsx read the TypeScript, where Node cannot by itself.
import { workerData } from 'node:worker_threads';

if (!process.features.typescript) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import(workerData.module);
