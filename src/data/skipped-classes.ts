import { dataError } from '../base/errors.ts';
import { formatCount } from '../base/text/format.ts';
import type { SkippedClass } from '../base/skipped-class.ts';

const SPLITS = ['train', 'validation'] as const;

/** The class of every image: [images] per split. */
export type Labels = Readonly<Record<(typeof SPLITS)[number], ArrayLike<number>>>;

/** The classes with skipped images: first those of the training split, then those of the validation split. */
export function countSkipped(classes: readonly string[], before: Labels, after: Labels): SkippedClass[] {
  return SPLITS.flatMap((split) => {
    const all = countLabels(before[split], classes.length);
    const left = countLabels(after[split], classes.length);
    return classes.flatMap((name, label) => {
      const skipped = all[label]! - left[label]!;
      return skipped === 0 ? [] : [{ split, class: name, skipped, left: left[label]! }];
    });
  });
}

/** How often each label occurs: [classes]. */
export function countLabels(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return counts;
}

/** Adds two counts of one dataset. The images that remain after the earlier count are those of the later count. */
export function addSkipped(earlier: readonly SkippedClass[], later: readonly SkippedClass[]): SkippedClass[] {
  const isSame = (a: SkippedClass, b: SkippedClass): boolean => a.split === b.split && a.class === b.class;
  const onlyEarlier = earlier.filter((before) => !later.some((after) => isSame(before, after)));
  const sums = later.map((after) => {
    const before = earlier.find((count) => isSame(count, after));
    return { ...after, skipped: (before?.skipped ?? 0) + after.skipped };
  });
  return [...onlyEarlier, ...sums];
}

/** @throws UserError exit code 65 if a class has no images left in a split. */
export function refuseEmptyClass(
  dataset: string,
  counts: readonly SkippedClass[],
  skipped: readonly { readonly path: string; readonly reason: string }[],
): void {
  const empty = counts.find(({ left }) => left === 0);
  if (!empty) return;
  const { split, class: name, skipped: count } = empty;
  const first = skipped.find(({ path }) => path.split('/').includes(name));
  const because = first === undefined ? '' : `, such as ${first.path}, because ${first.reason}`;
  const others = counts.filter(({ left }) => left === 0).length - 1;
  throw dataError(
    `${dataset} has no ${split === 'train' ? 'training' : 'validation'} images of the class ${name} left: ${count === 1 ? 'the only one is' : `all ${count} are`} bad` +
      (others > 0 ? ` (and all images of ${formatCount(others, 'more class')})` : '') +
      `${because}. Replace them, or remove the class`,
  );
}
