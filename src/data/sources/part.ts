import { configError } from '../../base/errors.ts';
import { permutation, Purpose, RandomSequence } from '../random.ts';
import { shareInts } from '../store.ts';
import type { Split } from '../store.ts';

/**
 * Divides `count` images over the classes: the same number per class. A class with fewer images gives all of them, and the
 * other classes give more. If the rest is less than one image per class, the first classes that have more images give one
 * each.
 * @param available images per class; their sum is at least `count`.
 * @returns images to take per class.
 */
export function divideOverClasses(count: number, available: readonly number[]): number[] {
  const shares = available.map(() => 0);
  let left = count;
  while (left > 0) {
    const open = available.flatMap((images, label) => (shares[label]! < images ? [label] : []));
    const each = Math.floor(left / open.length);
    for (const label of each > 0 ? open : open.slice(0, left)) {
      const more = Math.min(Math.max(each, 1), available[label]! - shares[label]!);
      shares[label] = shares[label]! + more;
      left -= more;
    }
  }
  return shares;
}

/**
 * Takes a subset of a split, in the order of the split. The chosen examples of a class depend only on (seed, split, class).
 * @throws UserError exit code 78 if there are fewer than `count` images.
 */
export function takeSubset(
  split: Split,
  which: 'train' | 'validation',
  options: { count: number; seed: number; classes: number },
): Split {
  const { count, seed, classes } = options;
  if (count > split.indices.length) {
    throw configError(
      `data.${which}Examples is ${count}, expected at most ${split.indices.length}, the number of images in the dataset`,
    );
  }
  const members: number[][] = Array.from({ length: classes }, () => []);
  split.labels.forEach((label, example) => members[label]!.push(example));
  const shares = divideOverClasses(
    count,
    members.map((list) => list.length),
  );
  const taken = members.flatMap((list, label) => {
    const random = new RandomSequence(seed, Purpose.part, which === 'train' ? 0 : 1, label);
    return [...permutation(list.length, random).subarray(0, shares[label])].map((i) => list[i]!);
  });
  taken.sort((a, b) => a - b);
  return {
    store: split.store,
    indices: shareInts(taken.map((example) => split.indices[example]!)),
    labels: shareInts(taken.map((example) => split.labels[example]!)),
  };
}
