// A process of scripts/bench/data/bench-data.ts: loads 20 epochs of batches and an evaluation after each, and prints the resident memory
// in bytes after each epoch.
import { augmentationSchema } from '../../../src/data/augment/schema.ts';
import { dataSchema } from '../../../src/config/data.ts';
import { openDataset } from '../../../src/data/open.ts';

const [path = '', input = '', batch = '', workers = ''] = process.argv.slice(2);
const images = await openDataset(
  dataSchema.parse({ source: 'folder', path, input: Number(input) }),
  augmentationSchema.parse({ crop: { name: 'randomResizedCrop' } }),
  { workers: Number(workers), prefetchBatches: 4 },
);
const stream = images.training({ seed: 0, batch: Number(batch), from: 0 });
const batches = Math.ceil(images.description.trainExamples / Number(batch));
for (let epoch = 0; epoch < 20; epoch++) {
  for (let i = 0; i < batches; i++) (await stream.next())?.release();
  const evaluation = images.evaluation({ batch: Number(batch) });
  for (let next = await evaluation.next(); next; next = await evaluation.next()) next.release();
  await evaluation.close();
  console.log(process.memoryUsage.rss());
}
await stream.close();
await images.close();
