import { Worker, workerData } from 'node:worker_threads';

/** Starts a thread that runs a module: compiled JavaScript, or TypeScript through tsx or Node's own support. */
export const startThread = (module: URL, data: unknown, name: string): Worker =>
  new Worker(module.href.endsWith('.js') ? module : new URL('./thread.mjs', import.meta.url), {
    workerData: { module: module.href, data },
    execArgv: [],
    name,
  });

/** Inside a thread: the data that it was started with. */
export const threadData = (): unknown => (workerData as { data: unknown }).data;

/** How long a thread may take to finish its current image before it is terminated. */
const EXIT_TIMEOUT_MS = 5000;

/** Resolves when the thread exits. Call it when the thread is started. */
export const threadExit = (thread: Worker): Promise<void> =>
  new Promise((resolve) => {
    thread.once('exit', () => {
      resolve();
    });
  });

/**
 * Waits until a thread that was told to stop exits. The thread gets time to exit by itself, because terminating a thread
 * inside libvips crashes the process.
 */
export async function waitForExit(thread: Worker, end: Promise<void>): Promise<void> {
  thread.ref();
  const timer = setTimeout(() => void thread.terminate(), EXIT_TIMEOUT_MS);
  await end;
  clearTimeout(timer);
}
