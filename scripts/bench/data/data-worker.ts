// A process of scripts/bench/data/bench-data.ts: prints "ready" and then, for each line "N" on stdin, the images per second of N batches.
import { createInterface } from 'node:readline';
import { augmentationSchema } from '../../../src/data/augment/schema.ts';
import { dataSchema } from '../../../src/config/data.ts';
import { openDataset } from '../../../src/data/open.ts';

const [source = '', path = '', crop = '', input = '', batch = '', workers = ''] = process.argv.slice(2);
/** Batches that are ready before the measurement starts. */
const PREFETCH = 4;

const images = await openDataset(
  dataSchema.parse({ source, path, input: Number(input) }),
  augmentationSchema.parse({ crop: JSON.parse(crop) as unknown }),
  { workers: Number(workers), prefetchBatches: PREFETCH },
);
const stream = images.training({ seed: 0, batch: Number(batch), from: 0 });
const take = async (batches: number): Promise<void> => {
  for (let i = 0; i < batches; i++) (await stream.next())?.release();
};
// One whole epoch is not timed: the loader decodes whole files the first time, and later only the part that a crop needs.
await take(Math.max(PREFETCH, Math.ceil(images.description.trainExamples / Number(batch))));
console.log(`ready ${images.description.trainExamples} images`);
for await (const line of createInterface({ input: process.stdin })) {
  await take(2 * PREFETCH);
  const start = process.hrtime.bigint();
  await take(Number(line));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  console.log(String((Number(line) * Number(batch)) / seconds));
}
await stream.close();
await images.close();
