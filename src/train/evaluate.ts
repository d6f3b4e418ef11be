import type { Dataset } from '../data/batch.ts';
import type { Engine, EvaluationResult } from '../engine/engine.ts';

export interface Scores {
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
}

export interface Evaluation {
  readonly trained: Scores;
  readonly averaged?: Scores;
  /** Forward passes of one example each. */
  readonly passes: number;
}

class Sum {
  #loss = 0;
  #top1 = 0;
  #top5 = 0;

  add({ lossSum, top1, top5 }: EvaluationResult): void {
    this.#loss += lossSum;
    this.#top1 += top1;
    this.#top5 += top5;
  }
  mean(count: number): Scores {
    return { loss: this.#loss / count, top1: this.#top1 / count, top5: this.#top5 / count };
  }
}

/**
 * Evaluates the whole validation set, each image once, with the trained weights and, where the recipe keeps them, with
 * their moving average. Undefined where `interrupted` says so between two batches.
 */
export async function evaluate(
  engine: Engine,
  images: Dataset,
  options: { batch: number; averaged: boolean; interrupted: () => Promise<boolean> },
): Promise<Evaluation | undefined> {
  const stream = images.evaluation({ batch: options.batch });
  const trained = new Sum();
  const averaged = new Sum();
  let count = 0;
  try {
    for (;;) {
      const batch = await stream.next();
      if (batch === undefined) break;
      trained.add(engine.evaluate(batch));
      if (options.averaged) averaged.add(engine.evaluate(batch, 'averaged'));
      count += batch.count;
      batch.release();
      if (await options.interrupted()) return undefined;
    }
  } finally {
    await stream.close();
  }
  return {
    trained: trained.mean(count),
    ...(options.averaged ? { averaged: averaged.mean(count) } : {}),
    passes: options.averaged ? 2 * count : count,
  };
}
