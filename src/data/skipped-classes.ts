import { dataError } from '../base/errors.ts';
import type { SkippedClass } from '../base/skipped-class.ts';

const SPLITS = ['train', 'validation'] as const;

/** The class of every image: [images] per split. */
export type Labels = Readonly<Record<(typeof SPLITS)[number], ArrayLike<number>>>;

/** The classes that lost images, with counts: first of the training split, then of the validation split. */
export function countSkipped(classes: readonly string[], before: Labels, after: Labels): SkippedClass[] {
  return SPLITS.flatMap((split) => {
    const [all, left] = [countEach(classes, before[split]), countEach(classes, after[split])];
    return classes.flatMap((name, label) => {
      const skipped = all[label]! - left[label]!;
      return skipped === 0 ? [] : [{ split, class: name, skipped, left: left[label]! }];
    });
  });
}

function countEach(classes: readonly string[], labels: ArrayLike<number>): number[] {
  const counts = classes.map(() => 0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return counts;
}

/** Adds two counts of one dataset; the later count started with what the earlier one left. */
export function addSkipped(earlier: readonly SkippedClass[], later: readonly SkippedClass[]): SkippedClass[] {
  const isSame = (a: SkippedClass, b: SkippedClass): boolean => a.split === b.split && a.class === b.class;
  const only = earlier.filter((one) => !later.some((other) => isSame(one, other)));
  const both = later.map((other) => {
    const before = earlier.find((one) => isSame(one, other))?.skipped ?? 0;
    return { ...other, skipped: before + other.skipped };
  });
  return [...only, ...both];
}

/** @throws UserError exit code 65 if a class has no images left in a split. */
export function refuseEmptyClass(
  what: string,
  counts: readonly SkippedClass[],
  skipped: readonly { readonly reason: string }[],
): void {
  const empty = counts.find(({ left }) => left === 0);
  if (!empty) return;
  const { split, class: name, skipped: count } = empty;
  const others = counts.filter(({ left }) => left === 0).length - 1;
  throw dataError(
    `${what} has no ${split === 'train' ? 'training' : 'validation'} images of the class ${name} left: all ${count} are bad` +
      (others > 0 ? ` (and all images of ${others} more classes)` : '') +
      `, the first bad image because ${skipped[0]?.reason ?? 'it cannot be read'}. Replace them, or remove the class`,
  );
}
