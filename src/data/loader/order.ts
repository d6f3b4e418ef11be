import { permutation, Purpose, RandomSequence } from '../random.ts';

/** The epoch and the example at a position of the endless training stream. */
export interface EpochPosition {
  readonly epoch: number;
  readonly example: number;
  /**
   * The number that random changes depend on, beside the seed and the example: the epoch. With repeats, it also counts the
   * repeats: epoch * repeats + repeat.
   */
  readonly draw: number;
}

/**
 * The shuffled order of every epoch: a permutation of all examples that depends only on (seed, epoch). With `repeats` above 1,
 * each example comes `repeats` times in a row. An epoch has as many positions as there are examples, so it then shows only the
 * first 1 / `repeats` of the permutation.
 */
export class TrainingOrder {
  private readonly seed: number;
  private readonly count: number;
  private readonly repeats: number;
  private readonly epochs = new Map<number, Int32Array>();

  constructor(seed: number, count: number, repeats = 1) {
    this.seed = seed;
    this.count = count;
    this.repeats = repeats;
  }

  /** What is at a position of the endless training stream, from 0. */
  at(position: number): EpochPosition {
    const epoch = Math.floor(position / this.count);
    const offset = position - epoch * this.count;
    const example = this.permute(epoch)[Math.floor(offset / this.repeats)]!;
    return { epoch, example, draw: epoch * this.repeats + (offset % this.repeats) };
  }

  /** The order of an epoch. Neighbouring epochs are kept: a batch may contain the end of one and the start of the next. */
  private permute(epoch: number): Int32Array {
    const kept = this.epochs.get(epoch);
    if (kept) return kept;
    const order = permutation(this.count, new RandomSequence(this.seed, Purpose.order, epoch, 0));
    for (const old of this.epochs.keys()) if (Math.abs(old - epoch) > 1) this.epochs.delete(old);
    this.epochs.set(epoch, order);
    return order;
  }
}
