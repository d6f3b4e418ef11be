import type { Dataset } from '../../data/batch.ts';
import type { Checkpoints } from '../files/checkpoints.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Diverged } from './failure.ts';
import type { Ledger } from '../accounting/ledger.ts';
import { toStepFeeds } from '../next-step.ts';
import type { RunPlan } from '../plan.ts';
import { learningRateAt } from '../schedule.ts';
import { trainingStream } from '../staged-stream.ts';
import type { StopRequest } from './signals.ts';

/** The number of losses in a diagnosis. */
const LAST_LOSSES = 5;

export interface Diagnosis {
  /** The first step that diverged. It is earlier than the step of the error if the losses between the two were not read. */
  readonly step: number;
  /** Losses of the last steps; the non-finite one is the last. */
  readonly losses: readonly number[];
  readonly learningRate: number;
  readonly layer?: { readonly layer: string; readonly op: string };
}

interface Parts {
  readonly plan: RunPlan;
  readonly engine: Engine;
  readonly images: Dataset;
  readonly checkpoints: Checkpoints;
  readonly ledger: Ledger;
  readonly stop: StopRequest;
}

/**
 * Finds the layer that produced the first non-finite value.
 *
 * A training step that diverged has already changed the weights. So the steps since the newest checkpoint are repeated up to that
 * step, with the same results. They count as wasted work. An evaluation that diverged has not changed the weights, so these weights
 * are checked with the next batch.
 */
export async function diagnose(parts: Parts, { source, step }: Pick<Diverged, 'source' | 'step'>): Promise<Diagnosis> {
  const { plan, engine, images, checkpoints, ledger, stop } = parts;
  const { recipe } = plan.config;
  const rateAt = (at: number): number => learningRateAt({ recipe, trainExamples: plan.trainExamples }, at);
  const losses: number[] = [];
  if (source !== 'training') {
    const layer = await findNonFiniteLayer(parts, step, rateAt(step));
    return { step, losses, learningRate: rateAt(step - 1), ...(layer && { layer }) };
  }
  const learningRate = rateAt(step);
  const checkpoint = checkpoints.findNewest()?.checkpoint;
  if (!checkpoint || checkpoint.state.ledger.steps > step) return { step, losses, learningRate };
  engine.writeState(checkpoint.tensors);
  const from = checkpoint.state.ledger.steps;
  const stream = trainingStream(images, plan, from);
  const start = performance.now();
  let earlierStep: number | undefined;
  try {
    for (let at = from; at <= step && stop.signal === undefined; at++) {
      const batch = await stream.next();
      if (!batch) break;
      const feeds = toStepFeeds(batch, rateAt(at), at);
      const layer = at === step ? engine.findNonFinite(feeds) : undefined;
      const loss = engine.step(feeds);
      losses.push(loss);
      batch.release();
      if (layer) return { step, losses: losses.slice(-LAST_LOSSES), learningRate, layer };
      // The run had not read this loss, so it found the divergence later.
      if (at < step && !Number.isFinite(loss)) earlierStep = at;
      if (earlierStep !== undefined) break;
    }
  } finally {
    await stream.close();
    ledger.addWastedSteps({ from, to: from + losses.length, seconds: (performance.now() - start) / 1000 });
  }
  if (earlierStep !== undefined) return diagnose(parts, { source, step: earlierStep });
  return { step, losses: losses.slice(-LAST_LOSSES), learningRate };
}

/** The layer with the first non-finite value for the engine's weights and the batch of step `step`. Does not update the weights. */
async function findNonFiniteLayer({ plan, engine, images }: Parts, step: number, learningRate: number) {
  const stream = trainingStream(images, plan, step);
  try {
    const batch = await stream.next();
    return batch && engine.findNonFinite(toStepFeeds(batch, learningRate, step));
  } finally {
    await stream.close();
  }
}

/** One line for the user: `diverged in step 12: the training loss is NaN; ...`. */
export function describeDivergence(
  { message, source }: Pick<Diverged, 'message' | 'source'>,
  { step, losses, learningRate, layer }: Diagnosis,
): string {
  const where =
    layer === undefined ? '' : `; the first non-finite value comes from ${layer.op} in layer ${layer.layer || 'input'}`;
  const before = losses.length > 0 ? `; last losses ${losses.map((loss) => loss.toPrecision(5)).join(', ')}` : '';
  return (
    `diverged ${source === 'training' ? 'in' : 'after'} step ${step}: ${message}${before}; learning rate ${learningRate}${where}` +
    '; try a lower learning rate, a longer warm-up, or clipGradientNorm'
  );
}
