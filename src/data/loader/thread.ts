import { Worker, workerData } from 'node:worker_threads';

/**
 * Starts a thread that runs a module: compiled JavaScript, or TypeScript, which Node or tsx reads. The module gets `data` from
 * `threadData`.
 */
export const startThread = (module: URL, data: unknown, name: string): Worker =>
  new Worker(module.href.endsWith('.js') ? module : new URL('./thread.mjs', import.meta.url), {
    workerData: { module: module.href, data },
    execArgv: [],
    name,
  });

/** In a thread: the data that it was started with. */
export const threadData = (): unknown => (workerData as { data: unknown }).data;

/** How long a thread may take to finish its current image, in milliseconds; then it is terminated. */
const EXIT_TIMEOUT_MS = 5000;

/** Resolves when the thread exits. Call it right after the thread is started. */
export const threadExit = (thread: Worker): Promise<void> =>
  new Promise((resolve) => {
    thread.once('exit', () => {
      resolve();
    });
  });

/**
 * Waits until a thread exits that was told to stop. It gets time to exit by itself, because the process crashes if a thread is
 * terminated inside libvips.
 */
export async function waitForExit(thread: Worker, exited: Promise<void>): Promise<void> {
  thread.ref();
  const timer = setTimeout(() => void thread.terminate(), EXIT_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
