import { permutation, Purpose, RandomSequence } from '../random.ts';

/** The epoch and the example at a position of the endless training stream. */
export interface EpochPosition {
  readonly epoch: number;
  readonly example: number;
  /** What random changes depend on beside the seed and the example: the epoch, or its number of the repeat. */
  readonly draw: number;
}

/**
 * The shuffled order of every epoch: a permutation of all examples that depends on (seed, epoch) only. With repeats, each of the
 * first examples comes so many times in a row, and an epoch ends after as many positions as there are examples.
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

  at(position: number): EpochPosition {
    const epoch = Math.floor(position / this.count);
    const inEpoch = position - epoch * this.count;
    const example = this.orderOf(epoch)[Math.floor(inEpoch / this.repeats)]!;
    return { epoch, example, draw: epoch * this.repeats + (inEpoch % this.repeats) };
  }

  /** Keeps the orders of neighbouring epochs, because a batch may contain the end of one and the start of the next. */
  private orderOf(epoch: number): Int32Array {
    const known = this.epochs.get(epoch);
    if (known) return known;
    const order = permutation(this.count, new RandomSequence(this.seed, Purpose.order, epoch, 0));
    for (const old of this.epochs.keys()) if (Math.abs(old - epoch) > 1) this.epochs.delete(old);
    this.epochs.set(epoch, order);
    return order;
  }
}
