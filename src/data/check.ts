import type { DatasetIndex } from './dataset.ts';
import { inspectImages } from './inspect/inspect.ts';
import type { CheckedImage } from './inspect/task.ts';
import { imageName } from './store.ts';

/** An image with its split, class and path. */
export interface ImageLocation {
  readonly split: 'train' | 'validation';
  readonly class: string;
  readonly path: string;
}

/** The result of `checkDataset`; `data check --json` prints it. */
export interface CheckReport {
  /** The number of images per split. */
  readonly images: { readonly train: number; readonly validation: number };
  /** Images that cannot be decoded, with the reason. */
  readonly bad: readonly (ImageLocation & { readonly reason: string })[];
  /** Groups of images with the same size and pixels, all in one split. */
  readonly duplicates: readonly (readonly ImageLocation[])[];
  /** Groups of images with the same size and pixels, in both splits. */
  readonly overlaps: readonly (readonly ImageLocation[])[];
  /** Number of ignored files by ending; a key of `data check --json`. */
  readonly passedOver: Readonly<Record<string, number>>;
  /** Valid training and validation images per class. */
  readonly classes: readonly {
    readonly class: string;
    readonly train: number;
    readonly validation: number;
  }[];
  /** The shortest and the longest side of all valid images, in pixels. */
  readonly sides: { readonly smallest: number; readonly largest: number };
  /**
   * Mean of red, green and blue over all pixels of the valid training images, as fractions of 255. Null if no training image
   * is valid.
   */
  readonly mean: readonly number[] | null;
  /** Standard deviation of red, green and blue over the same pixels, as fractions of 255. */
  readonly standardDeviation: readonly number[] | null;
}

/**
 * Decodes every image of a dataset. Reports bad images, duplicates, images in both splits, images per class, and the mean and
 * standard deviation of the pixels.
 */
export async function checkDataset(
  data: DatasetIndex,
  options: { workers: number; progress: (done: number, total: number) => void },
): Promise<CheckReport> {
  const check = new DatasetCheck(data, options.progress);
  for (const split of ['train', 'validation'] as const) {
    const { store, indices } = data[split];
    await inspectImages({ store, task: { kind: 'check' } }, indices, options.workers, (result, example) => {
      check.countImage();
      if (result.kind === 'bad') check.addBad(split, example, result.message);
      if (result.kind === 'checked') check.addGood(split, example, result);
    });
  }
  return check.report();
}

class DatasetCheck {
  private readonly data: DatasetIndex;
  private readonly progress: (done: number, total: number) => void;
  private readonly bad: (ImageLocation & { reason: string })[] = [];
  private readonly byDigest = new Map<string, ImageLocation[]>();
  private readonly counts: { class: string; train: number; validation: number }[];
  private readonly sums = [0, 0, 0];
  private readonly squares = [0, 0, 0];
  private pixels = 0;
  private done = 0;
  private smallest = Infinity;
  private largest = 0;

  constructor(data: DatasetIndex, progress: (done: number, total: number) => void) {
    this.data = data;
    this.progress = progress;
    this.counts = data.classes.map((name) => ({ class: name, train: 0, validation: 0 }));
  }

  countImage(): void {
    this.progress(++this.done, this.data.train.indices.length + this.data.validation.indices.length);
  }

  addBad(split: 'train' | 'validation', example: number, reason: string): void {
    this.bad.push({ ...this.locate(split, example), reason });
  }

  addGood(split: 'train' | 'validation', example: number, checked: CheckedImage): void {
    const { width, height, digest } = checked;
    const identical = this.byDigest.get(digest) ?? [];
    identical.push(this.locate(split, example));
    this.byDigest.set(digest, identical);
    this.counts[this.data[split].labels[example]!]![split]++;
    this.smallest = Math.min(this.smallest, width, height);
    this.largest = Math.max(this.largest, width, height);
    if (split === 'train') this.addPixels(checked);
  }

  report(): CheckReport {
    const groups = [...this.byDigest.values()].filter((group) => group.length > 1);
    const isOverlap = (group: readonly ImageLocation[]): boolean =>
      group.some(({ split }) => split !== group[0]!.split);
    return {
      images: {
        train: this.data.train.indices.length,
        validation: this.data.validation.indices.length,
      },
      bad: this.bad,
      duplicates: groups.filter((group) => !isOverlap(group)),
      overlaps: groups.filter(isOverlap),
      passedOver: this.data.ignoredFiles ?? {},
      classes: this.counts,
      sides: { smallest: this.largest === 0 ? 0 : this.smallest, largest: this.largest },
      ...this.statistics(),
    };
  }

  private statistics(): Pick<CheckReport, 'mean' | 'standardDeviation'> {
    if (this.pixels === 0) return { mean: null, standardDeviation: null };
    const mean = this.sums.map((sum) => sum / this.pixels / 255);
    const variance = this.squares.map((square, i) => square / this.pixels / 255 ** 2 - mean[i]! ** 2);
    return { mean, standardDeviation: variance.map((value) => Math.sqrt(Math.max(0, value))) };
  }

  private addPixels({ width, height, sums, squares }: CheckedImage): void {
    this.pixels += width * height;
    for (const channel of [0, 1, 2] as const) {
      this.sums[channel]! += sums[channel];
      this.squares[channel]! += squares[channel];
    }
  }

  private locate(split: 'train' | 'validation', example: number): ImageLocation {
    const { store, indices, labels } = this.data[split];
    return {
      split,
      class: this.data.classes[labels[example]!]!,
      path: imageName(store, indices[example]!),
    };
  }
}
