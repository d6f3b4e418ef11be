import type { MacsByPrecision } from '../base/precision.ts';
import type { TrainingCosts } from '../flops/step.ts';

/** A tensor as a checkpoint stores it, with PyTorch's shape and layout. */
export interface StateTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What one training step costs, counted from its recording; see docs/counting.md. */
export interface StepCounts {
  readonly parameters: number;
  /** Examples in a step; `stepMacs` and `stepFlops` count all of them. */
  readonly batch: number;
  readonly forwardMacsPerExample: number;
  readonly stepMacs: number;
  readonly stepFlops: number;
  /** `stepMacs` by the number format of their factors. */
  readonly macsByPrecision?: MacsByPrecision;
  /** The forward pass of one example in an evaluation, with its loss and accuracies. */
  readonly evaluationMacsPerExample: number;
  readonly evaluationFlopsPerExample: number;
  /** What a step costs in each stage, where the image size changes; the costs above are those at the size of the data. */
  readonly stages?: readonly StageCounts[];
}

/** What one training step of a stage costs. */
export interface StageCounts extends TrainingCosts {
  /** The first step of the stage, from 0. */
  readonly fromStep: number;
  /** Height and width of its training images in pixels. */
  readonly input: number;
}

/** The inputs of a training step; shapes as in data/batch.ts. */
export interface StepFeeds {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly tops: Int32Array;
  readonly lefts: Int32Array;
  readonly flips: Int32Array;
  readonly learningRate: number;
  /** Number of the step, from 0. All random numbers in the graph derive from it and the run's seed. */
  readonly step: number;
}

export interface EvaluationResult {
  /** Sum over the examples, without padding. */
  readonly lossSum: number;
  readonly top1: number;
  readonly top5: number;
}

/** A network and its optimizer, ready to train. Its state is in TensorFlow variables (graph) or in tensors (eager). */
export interface Engine {
  readonly counts: StepCounts;
  /** What the user must know about how steps run on this machine. */
  readonly warnings?: readonly string[];
  /** Executes one optimizer step. Returns the mean loss of the batch before the update. */
  step(feeds: StepFeeds): number;
  /** Evaluates one batch with the trained weights or their moving average. */
  evaluate(
    feeds: { images: Uint8Array; labels: Int32Array; count: number },
    weights?: 'trained' | 'averaged',
  ): EvaluationResult;
  /** Weights, moving statistics, optimizer slots (`momentum/NAME`) and averages (`average/NAME`). */
  readState(): Map<string, StateTensor>;
  /** @throws UserError naming every missing, extra and misshapen tensor; the state is unchanged then. */
  writeState(state: ReadonlyMap<string, StateTensor>): void;
  /** The first layer and op with a non-finite output for these feeds; undefined if all outputs are finite. */
  findNonFinite(feeds: StepFeeds): { layer: string; op: string } | undefined;
  /** Number of tensors alive in TensorFlow; constant during a run. */
  tensorsAlive(): number;
  close(): void;
}
