import { Worker, workerData } from 'node:worker_threads';

/** Starts a thread on a TypeScript module, under tsx or Node's own reading of it. */
export const startThread = (module: URL, data: unknown, name: string): Worker =>
  new Worker(new URL('./thread.mjs', import.meta.url), {
    workerData: { module: module.href, data },
    execArgv: [],
    name,
  });

/** Inside such a thread: what it was started with. */
export const threadData = (): unknown => (workerData as { data: unknown }).data;
