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
  /** `stepMacs` by the number format of the factors. */
  readonly macsByPrecision?: MacsByPrecision;
  /** MACs of the evaluation of one example: forward pass, loss and accuracies. */
  readonly evaluationMacsPerExample: number;
  /** FLOPs of the evaluation of one example. */
  readonly evaluationFlopsPerExample: number;
  /** The costs of a step in each stage, if the run has stages; the costs above are those at the size of the data. */
  readonly stages?: readonly StageCounts[];
}

/** What one training step of a stage costs. */
export interface StageCounts extends TrainingCosts {
  /** The first step of the stage, from 0. */
  readonly fromStep: number;
  /** Height and width of its training images in pixels. */
  readonly input: number;
}

/** The inputs of a training step. The shapes are those of src/data/batch.ts. */
export interface StepFeeds {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly tops: Int32Array;
  readonly lefts: Int32Array;
  readonly flips: Int32Array;
  readonly learningRate: number;
  /** Number of the step, from 0. All random numbers in the graph depend only on it and the run's seed. */
  readonly step: number;
}

/** Sums over the examples of a batch, without padding. */
export interface EvaluationResult {
  /** Sum of the cross-entropies. */
  readonly lossSum: number;
  /** Number of examples with the right class as the first. */
  readonly top1: number;
  /** Number of examples with the right class among the first five. */
  readonly top5: number;
}

/** Starts a step; call it once. Resolves to the loss, or to undefined if the loss is not read. */
export type StagedStep = () => Promise<number | undefined>;

/** The inputs of an evaluation of one batch. */
export interface EvaluationFeeds {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  /** The number of examples; the rest of the batch is padding. */
  readonly count: number;
}

/** Which weights an evaluation uses: the trained weights, or their average. */
export type EvaluatedWeights = 'trained' | 'averaged';

/** A network and its optimizer, ready to train. Its state is in TensorFlow variables (graph) or in tensors (eager). */
export interface Engine {
  readonly counts: StepCounts;
  /** Warnings for the user about steps on this machine, such as a slow precision. */
  readonly warnings?: readonly string[];
  /** Executes one training step. Returns the mean loss of the batch before the update. */
  step(feeds: StepFeeds): number;
  /**
   * Copies the feeds of a step, and returns a function that starts the step on a thread of its own, so that JavaScript is not
   * blocked. Steps and evaluations run in the order in which they were started. Without `readLoss` the promise resolves to
   * undefined, and a GPU may still be computing. Missing if the engine runs in JavaScript's thread.
   */
  readonly stageStep?: (feeds: StepFeeds, readLoss: boolean) => StagedStep;
  /** Evaluates one batch with the trained weights (default) or their average. */
  evaluate(feeds: EvaluationFeeds, weights?: EvaluatedWeights): EvaluationResult;
  /** As `evaluate`, on the thread of the steps. Missing if the engine runs in JavaScript's thread. */
  readonly startEvaluation?: (feeds: EvaluationFeeds, weights?: EvaluatedWeights) => Promise<EvaluationResult>;
  /** All weights, moving statistics, optimizer slots (`momentum/NAME`) and averages (`average/NAME`), by name. */
  readState(): Map<string, StateTensor>;
  /**
   * Replaces the state.
   * @throws UserError exit code 65 naming every missing tensor, extra tensor and tensor of another shape. The state then stays as it
   * was.
   */
  writeState(state: ReadonlyMap<string, StateTensor>): void;
  /** The first layer and op with a non-finite output for these feeds; undefined if all outputs are finite. */
  findNonFinite(feeds: StepFeeds): { layer: string; op: string } | undefined;
  /** The number of tensors that TensorFlow holds; it is constant during a run. */
  tensorsAlive(): number;
  close(): void;
}
