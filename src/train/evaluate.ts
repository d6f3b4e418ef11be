import type { Dataset } from '../data/batch.ts';
import type { Engine, EvaluationFeeds, EvaluationResult } from '../engine/engine.ts';

/** Means over the validation split. Accuracies are fractions of 1. */
export interface Scores {
  readonly loss: number;
  readonly top1: number;
  readonly top5: number;
}

/** The result of an evaluation with the trained weights and, if the run keeps them, with the averaged weights. */
export interface Evaluation {
  readonly trained: Scores;
  readonly averaged?: Scores;
  /** Number of evaluated examples; an example that is evaluated with both sets of weights counts twice. */
  readonly passes: number;
}

class ScoreSum {
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

/** The results of a batch with the trained weights and, if `averaged`, with the averaged weights. */
function evaluateBatch(engine: Engine, batch: EvaluationFeeds, averaged: boolean): Promise<EvaluationResult[]> {
  const weights = averaged ? (['trained', 'averaged'] as const) : (['trained'] as const);
  return Promise.all(
    weights.map(async (which) => engine.startEvaluation?.(batch, which) ?? engine.evaluate(batch, which)),
  );
}

/**
 * Evaluates each image of the validation split once with the trained weights and, if `averaged`, once with the averaged weights.
 * Calls `interrupted` after each batch; if that returns true, stops and returns undefined.
 */
export async function evaluate(
  engine: Engine,
  images: Dataset,
  options: { batch: number; averaged: boolean; interrupted: () => Promise<boolean> },
): Promise<Evaluation | undefined> {
  const stream = images.evaluation({ batch: options.batch });
  const trained = new ScoreSum();
  const averaged = new ScoreSum();
  let count = 0;
  try {
    for (;;) {
      const batch = await stream.next();
      if (batch === undefined) break;
      const results = await evaluateBatch(engine, batch, options.averaged);
      trained.add(results[0]!);
      if (results[1]) averaged.add(results[1]);
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
