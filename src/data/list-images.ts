import type { DatasetIndex } from './dataset.ts';
import { countLabels } from './skipped-classes.ts';
import { nameAt } from './store.ts';

/** One image of a dataset with its class. */
export interface ListedImage {
  readonly split: 'train' | 'validation';
  /** Relative to the source: a path, or the name of a record. */
  readonly file: string;
  /** The name of its class. */
  readonly class: string;
  /** The index of its class in the list of classes, from 0. */
  readonly position: number;
}

/** The images of a split in their order, at most `limit`. */
export function* listImages(data: DatasetIndex, split: ListedImage['split'], limit = Infinity): Generator<ListedImage> {
  const { store, indices, labels } = data[split];
  const count = Math.min(limit, indices.length);
  for (let example = 0; example < count; example++) {
    const image = indices[example]!;
    const position = labels[example]!;
    const file =
      store.kind === 'memory' ? (data.memoryNames?.[split](image) ?? `${split}#${image}`) : nameAt(store.names, image);
    yield { split, file, class: data.classes[position]!, position };
  }
}

/** The number of images per class in a split, in the order of the classes. */
export const countByClass = (data: DatasetIndex, split: ListedImage['split']): number[] =>
  countLabels(data[split].labels, data.classes.length);
