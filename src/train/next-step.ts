import type { BatchStream, TrainingBatch } from '../data/batch.ts';
import type { Engine, StepFeeds } from '../engine/engine.ts';
import type { RunPlan } from './plan.ts';
import { learningRateAt } from './schedule.ts';

/** A step with its inputs. `execute` resolves to the loss, or to undefined if it is not read. */
export interface Staged {
  readonly learningRate: number;
  readonly execute: () => Promise<number | undefined> | number;
}

interface Parts {
  readonly engine: Engine;
  readonly plan: RunPlan;
  readonly stream: BatchStream<TrainingBatch>;
}

/** The inputs of step number `step` (from 0): a batch and its learning rate. */
export const toStepFeeds = (batch: TrainingBatch, learningRate: number, step: number): StepFeeds => ({
  images: batch.images,
  labels: batch.labels,
  tops: batch.tops,
  lefts: batch.lefts,
  flips: batch.flips,
  learningRate,
  step,
});

/**
 * Takes the next batch for step number `step` (from 0) and copies it into the engine, if the engine can execute staged steps.
 * Undefined if the stream has ended.
 */
export async function stageStep({ engine, plan, stream }: Parts, step: number): Promise<Staged | undefined> {
  const batch = await stream.next();
  if (batch === undefined) return undefined;
  const { recipe, execution } = plan.config;
  const learningRate = learningRateAt({ recipe, trainExamples: plan.trainExamples }, step);
  const feeds = toStepFeeds(batch, learningRate, step);
  if (engine.stageStep) {
    const isLossRead = (step + 1) % (execution.readLossEvery ?? 1) === 0 || step + 1 >= plan.steps;
    const execute = engine.stageStep(feeds, isLossRead);
    batch.release();
    return { learningRate, execute };
  }
  const execute = (): number => {
    const loss = engine.step(feeds);
    batch.release();
    return loss;
  };
  return { learningRate, execute };
}

/** A step that is being staged. */
export class NextStep {
  readonly promise: Promise<Staged | undefined>;
  /** The step once it is staged; undefined before. */
  ready: Staged | undefined;

  constructor(promise: Promise<Staged | undefined>) {
    this.promise = promise;
    promise.then(
      (staged) => {
        this.ready = staged;
      },
      // The error is reported where the promise is awaited.
      () => undefined,
    );
  }
}
