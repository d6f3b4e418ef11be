// For test/data/loader/processes.test.ts: reads batches as training does until it is ended.
// feed-images.ts FOLDER ENDING; prints "fed" after the first batches, then the number of threads before and after.
import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { augmentationSchema } from '../../src/data/augment/schema.ts';
import { dataSchema } from '../../src/config/data.ts';
import { openDataset } from '../../src/data/open.ts';

const [path = '', ending = ''] = process.argv.slice(2);
/** All threads except those of libvips, which stay alive for a while. */
const threads = (): number =>
  readdirSync('/proc/self/task').filter(
    (id) => !readFileSync(`/proc/self/task/${id}/comm`, 'utf8').startsWith('libvips'),
  ).length;

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop.abort();
  });
}
// Node's file threads are started before threads are counted.
await Promise.all(Array.from({ length: 8 }, () => stat('.')));
const before = threads();
const images = await openDataset(
  dataSchema.parse({ source: 'folder', path, input: 64 }),
  augmentationSchema.parse({ crop: { name: 'randomResizedCrop' } }),
  { workers: 3, prefetchBatches: 4 },
);
try {
  const stream = images.training({ seed: 0, batch: 8, from: 0 });
  for (let batch = 0; !stop.signal.aborted; batch++) {
    (await stream.next())!.release();
    if (batch === 3) console.log('fed');
    if (batch === 3 && ending === 'exit') process.exit(7);
    if (batch === 3 && ending === 'throw') throw new Error('thrown on purpose');
    // Signal handlers run only in a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
} finally {
  await images.close();
  // A thread that has ended may still be listed for a moment.
  for (let i = 0; i < 3000 && threads() > before; i++) await sleep(10);
  console.log(`threads ${before} ${threads()}`);
}
