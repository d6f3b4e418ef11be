import type { DataSet } from './dataset.ts';
import { inspectPictures } from './inspect/inspect.ts';
import { pictureName, shareInts } from './store.ts';
import type { Split } from './store.ts';

type Skipped = DataSet['skipped'][number];

/**
 * The data set without its bad pictures, each named with its reason: every picture is decoded once, before any epoch is
 * planned, so the set of examples stays the same for the whole run. Memory holds no bad pictures.
 */
export async function withoutBadPictures(data: DataSet, workers: number): Promise<DataSet> {
  const train = await goodPart(data.train, workers);
  const validation = await goodPart(data.validation, workers);
  const skipped = [...data.skipped, ...train.skipped, ...validation.skipped];
  return { ...data, train: train.split, validation: validation.split, skipped };
}

async function goodPart(
  split: Split,
  workers: number,
): Promise<{ split: Split; skipped: Skipped[] }> {
  const { store, indices, labels } = split;
  if (store.kind === 'memory') return { split, skipped: [] };
  const skipped: Skipped[] = [];
  const good: number[] = [];
  await inspectPictures({ store, task: { kind: 'try' } }, indices, workers, (result, example) => {
    if (result.kind === 'bad') {
      skipped.push({ path: pictureName(store, indices[example]!), reason: result.message });
    } else {
      good.push(example);
    }
  });
  const part = {
    store,
    indices: shareInts(good.map((example) => indices[example]!)),
    labels: shareInts(good.map((example) => labels[example]!)),
  };
  return { split: part, skipped };
}
