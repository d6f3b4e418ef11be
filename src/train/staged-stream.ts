import { stageAt, trainingStages, firstStepOf } from '../config/stages.ts';
import type { BatchStream, Dataset, TrainingBatch } from '../data/batch.ts';
import type { RunPlan } from './plan.ts';

type Stream = BatchStream<TrainingBatch>;

interface OpenStage {
  readonly stream: Stream;
  /** The number of batches before the next stage. */
  left: number;
}

/**
 * The batches of the steps of a run with stages. Each stage has a stream of its own, which prepares no images beyond the last step of
 * the stage.
 */
class StagedStream implements Stream {
  readonly #open: (step: number) => OpenStage;
  #stage: OpenStage | undefined;
  #step: number;

  constructor(open: (step: number) => OpenStage, step: number) {
    this.#open = open;
    this.#step = step;
  }

  async next(): Promise<TrainingBatch | undefined> {
    if (this.#stage?.left === 0) await this.close();
    this.#stage ??= this.#open(this.#step);
    const batch = await this.#stage.stream.next();
    this.#stage.left -= 1;
    this.#step += 1;
    return batch;
  }

  async close(): Promise<void> {
    await this.#stage?.stream.close();
    this.#stage = undefined;
  }
}

/** Called before the first batch of a stage with its first step, its index and its image size in pixels. */
type OnStage = (stage: { readonly step: number; readonly index: number; readonly input: number }) => void;

/** The batches of a run's training steps, starting with step number `step` (from 0). */
export function trainingStream(
  images: Dataset,
  { config, trainExamples }: RunPlan,
  step: number,
  onStage: OnStage = () => undefined,
): Stream {
  const { seed, recipe } = config;
  const { batch } = recipe;
  const stages = trainingStages(config).map(({ fromEpoch, input }) => ({
    input,
    fromStep: firstStepOf({ fromEpoch }, recipe, trainExamples),
  }));
  if (stages.length === 0) return images.training({ seed, batch, from: step * batch });
  return new StagedStream((at) => {
    const stage = stageAt(stages, at);
    onStage({ step: at, index: stage, input: stages[stage]!.input });
    const left = (stages[stage + 1]?.fromStep ?? Infinity) - at;
    return { stream: images.training({ seed, batch, from: at * batch, stage, batches: left }), left };
  }, step);
}
