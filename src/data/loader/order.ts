import { permutation, Purpose, RandomSequence } from '../random.ts';

/** Which example of which epoch stands at a position of the endless training stream. */
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

  /** Two epochs are kept: a batch may lie across their border. */
  private orderOf(epoch: number): Int32Array {
    const known = this.epochs.get(epoch);
    if (known) return known;
    const order = permutation(this.count, new RandomSequence(this.seed, Purpose.order, epoch, 0));
    for (const old of this.epochs.keys()) if (Math.abs(old - epoch) > 1) this.epochs.delete(old);
    this.epochs.set(epoch, order);
    return order;
  }
}
