import type { AugmentationConfig } from '../augment/schema.ts';
import type { BatchStream, EvaluationBatch, TrainingBatch } from '../batch.ts';
import { TrainingOrder } from './order.ts';
import { once } from '../once.ts';
import type { MemoryStore, Split } from '../store.ts';
import { drawFlip, randomWindow } from './window.ts';

/** A split with its images in memory. */
export type MemorySplit = Split & { readonly store: MemoryStore };

interface TrainingOptions {
  readonly seed: number;
  readonly batch: number;
  readonly from: number;
  /** The largest offset of a window: the padded side minus the input size, in pixels. */
  readonly maxOffset: number;
  readonly flip: AugmentationConfig['flip'];
  /** How often an epoch shows each of its images; 1 by default. */
  readonly repeats?: number | undefined;
}

/** The memory of a batch. */
type Arrays = Omit<TrainingBatch, 'release'>;

/** Training batches that the main thread copies from memory. It needs less time than threads would. */
export class MemoryTraining implements BatchStream<TrainingBatch> {
  private readonly split: MemorySplit;
  private readonly options: TrainingOptions;
  private readonly order: TrainingOrder;
  private readonly free: Arrays[] = [];
  private position: number;

  constructor(split: MemorySplit, options: TrainingOptions) {
    this.split = split;
    this.options = options;
    this.order = new TrainingOrder(options.seed, split.indices.length, options.repeats);
    this.position = options.from;
  }

  next(): Promise<TrainingBatch> {
    const arrays = this.free.pop() ?? newArrays(this.options.batch, this.split.store.side);
    for (let row = 0; row < this.options.batch; row++) this.fill(arrays, row, this.position++);
    return Promise.resolve({ ...arrays, release: once(() => this.free.push(arrays)) });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private fill(arrays: Arrays, row: number, position: number): void {
    const { seed, maxOffset, flip } = this.options;
    const place = this.order.at(position);
    const { draw, example } = place;
    copyImage(this.split, example, arrays.images, row);
    const { top, left } = randomWindow(seed, draw, example, { height: maxOffset, width: maxOffset });
    arrays.labels[row] = this.split.labels[example]!;
    arrays.tops[row] = top;
    arrays.lefts[row] = left;
    arrays.flips[row] = drawFlip(flip, seed, place);
  }
}

const newArrays = (batch: number, side: number): Arrays => ({
  images: new Uint8Array(batch * 3 * side ** 2),
  labels: new Int32Array(batch),
  tops: new Int32Array(batch),
  lefts: new Int32Array(batch),
  flips: new Int32Array(batch),
});

function copyImage(split: MemorySplit, example: number, out: Uint8Array, row: number): void {
  const length = 3 * split.store.side ** 2;
  const from = split.indices[example]! * length;
  out.set(split.store.pixels.subarray(from, from + length), row * length);
}

/** Every image of a split once. Of images that are larger than the input size, the center is taken. */
export class MemoryEvaluation implements BatchStream<EvaluationBatch> {
  private readonly split: MemorySplit;
  private readonly batch: number;
  private readonly input: number;
  private readonly free: Uint8Array[] = [];
  private position = 0;

  constructor(split: MemorySplit, options: { batch: number; input: number }) {
    this.split = split;
    this.batch = options.batch;
    this.input = options.input;
  }

  next(): Promise<EvaluationBatch | undefined> {
    const count = Math.min(this.batch, this.split.indices.length - this.position);
    if (count === 0) return Promise.resolve(undefined);
    const images = this.free.pop() ?? new Uint8Array(this.batch * 3 * this.input ** 2);
    images.fill(0, count * 3 * this.input ** 2);
    const labels = new Int32Array(this.batch);
    for (let row = 0; row < count; row++, this.position++) {
      this.copyCenter(images, this.position, row);
      labels[row] = this.split.labels[this.position]!;
    }
    return Promise.resolve({ images, labels, count, release: once(() => this.free.push(images)) });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private copyCenter(images: Uint8Array, example: number, row: number): void {
    const { side, pixels } = this.split.store;
    const { input } = this;
    const margin = Math.floor((side - input) / 2);
    const from = this.split.indices[example]! * 3 * side ** 2;
    for (let y = 0; y < input; y++) {
      const start = from + 3 * ((y + margin) * side + margin);
      images.set(pixels.subarray(start, start + 3 * input), 3 * input * (row * input + y));
    }
  }
}
