/** A named array as a checkpoint stores it: PyTorch's name, shape and layout. */
export interface StateTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What one training step costs, counted from its recording; see docs/counting.md. */
export interface StepCounts {
  readonly parameters: number;
  /** Examples in a step; the step counts are for all of them. */
  readonly batch: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  /** One evaluation forward pass of one example, with its score. */
  readonly evaluationMacsPerExample: number;
  readonly evaluationFlopsPerExample: number;
}

/** What a training step is fed. Shapes as in data/batch.ts. */
export interface StepFeeds {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly tops: Int32Array;
  readonly lefts: Int32Array;
  readonly flips: Int32Array;
  readonly learningRate: number;
  /** Number of the step, from 0: with the run's seed the source of everything random in the graph. */
  readonly step: number;
}

export interface EvaluationResult {
  /** Sum over the real examples. */
  readonly lossSum: number;
  readonly top1: number;
  readonly top5: number;
}

/** A network with its optimizer, ready to step; the state lives in the runtime (graph) or in tensors (eager). */
export interface Engine {
  readonly counts: StepCounts;
  /** One optimizer step; the mean loss of the batch before it. */
  step(feeds: StepFeeds): number;
  /** Which weights: the trained ones, or their moving average. */
  evaluate(
    feeds: { images: Uint8Array; labels: Int32Array; count: number },
    weights?: 'trained' | 'averaged',
  ): EvaluationResult;
  /** Weights, norms' moving statistics, optimizer slots (`momentum/NAME`), averages (`average/NAME`). */
  readState(): Map<string, StateTensor>;
  /** @throws UserError naming every missing, extra and misshapen tensor; nothing is changed then. */
  writeState(state: ReadonlyMap<string, StateTensor>): void;
  /** The first layer whose output is not finite for these feeds, with what it held; undefined when all are. */
  findNonFinite(feeds: StepFeeds): { layer: string; op: string } | undefined;
  /** Tensors alive in the runtime: constant over a run. */
  tensorsAlive(): number;
  close(): void;
}
