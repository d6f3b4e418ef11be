import { Worker, workerData } from 'node:worker_threads';

/** Starts a thread on a module: compiled JavaScript as it is, TypeScript under tsx or Node's own reading of it. */
export const startThread = (module: URL, data: unknown, name: string): Worker =>
  new Worker(module.href.endsWith('.js') ? module : new URL('./thread.mjs', import.meta.url), {
    workerData: { module: module.href, data },
    execArgv: [],
    name,
  });

/** Inside such a thread: what it was started with. */
export const threadData = (): unknown => (workerData as { data: unknown }).data;

/** How long a thread may take to finish the image in its hands before it is ended by force. */
const EXIT_TIMEOUT_MS = 5000;

/** A promise of a thread's end, to be taken when it is started. */
export const threadExit = (thread: Worker): Promise<void> =>
  new Promise((resolve) => {
    thread.once('exit', () => {
      resolve();
    });
  });

/**
 * Waits for the end of a thread that has been told to stop. It is not ended by force while it can end by itself: libvips
 * takes the process down when its thread goes away under it.
 */
export async function waitForExit(thread: Worker, end: Promise<void>): Promise<void> {
  thread.ref();
  const timer = setTimeout(() => void thread.terminate(), EXIT_TIMEOUT_MS);
  await end;
  clearTimeout(timer);
}
