import { ExitCode, UserError } from '../base/errors.ts';
import type { DatasetIndex } from './dataset.ts';
import { inspectImages } from './inspect/inspect.ts';
import { addSkipped, countSkipped, refuseEmptyClass } from './skipped-classes.ts';
import { imageName, shareInts } from './store.ts';
import type { Split } from './store.ts';

type Skipped = DatasetIndex['skipped'][number];

/**
 * The dataset without its bad images; `skipped` lists them with the reason. Every image is decoded once before the first
 * epoch is planned, so the examples stay the same for the whole run. Images in memory are never bad.
 * @throws UserError exit code 65 if a class would lose its last image in a split; 74 or 77 if the system cannot read an
 * image. Such an image is not skipped: it may be readable the next time.
 */
export async function skipInvalidImages(data: DatasetIndex, workers: number): Promise<DatasetIndex> {
  const train = await keepDecodable(data.train, workers);
  const validation = await keepDecodable(data.validation, workers);
  const bad = [...train.skipped, ...validation.skipped];
  if (bad.length === 0) return data;
  const after = { train: train.split.labels, validation: validation.split.labels };
  const before = { train: data.train.labels, validation: data.validation.labels };
  const counts = countSkipped(data.classes, before, after);
  refuseEmptyClass(data.name, counts, bad);
  return {
    ...data,
    train: train.split,
    validation: validation.split,
    skipped: [...data.skipped, ...bad],
    skippedByClass: addSkipped(data.skippedByClass ?? [], counts),
  };
}

async function keepDecodable(split: Split, workers: number): Promise<{ split: Split; skipped: Skipped[] }> {
  const { store, indices, labels } = split;
  if (store.kind === 'memory') return { split, skipped: [] };
  const skipped: Skipped[] = [];
  const good: number[] = [];
  await inspectImages({ store, task: { kind: 'decode' } }, indices, workers, (result, example) => {
    if (result.kind === 'bad') {
      if (result.exitCode !== ExitCode.data) throw new UserError(result.message, result.exitCode);
      skipped.push({ path: imageName(store, indices[example]!), reason: result.message });
    } else {
      good.push(example);
    }
  });
  const kept = {
    store,
    indices: shareInts(good.map((example) => indices[example]!)),
    labels: shareInts(good.map((example) => labels[example]!)),
  };
  return { split: kept, skipped };
}
