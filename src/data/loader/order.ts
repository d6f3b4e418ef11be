import { permutation, Purpose, RandomSequence } from '../random.ts';

/** The epoch and the example at a position of the endless training stream. */
export interface EpochPosition {
  readonly epoch: number;
  readonly example: number;
}

/** The shuffled order of every epoch: a permutation of all examples that depends on (seed, epoch) only. */
export class TrainingOrder {
  private readonly seed: number;
  private readonly count: number;
  private readonly epochs = new Map<number, Int32Array>();

  constructor(seed: number, count: number) {
    this.seed = seed;
    this.count = count;
  }

  at(position: number): EpochPosition {
    const epoch = Math.floor(position / this.count);
    return { epoch, example: this.orderOf(epoch)[position - epoch * this.count]! };
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
