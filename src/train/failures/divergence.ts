import type { Dataset } from '../../data/batch.ts';
import type { Checkpoints } from '../files/checkpoints.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Diverged } from './failure.ts';
import type { Ledger } from '../accounting/ledger.ts';
import { toStepFeeds } from '../loop.ts';
import type { RunPlan } from '../plan.ts';
import { learningRateAt } from '../schedule.ts';
import { trainingStream } from '../staged-stream.ts';
import type { StopRequest } from './signals.ts';

const LAST_LOSSES = 5;

export interface Diagnosis {
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
 * If a training step diverged, it has already changed the weights. The steps since the newest checkpoint are repeated up to
 * that step, with the same results; they count as wasted. If an evaluation diverged, the weights are unchanged: they and the
 * next batch are checked.
 */
export async function diagnose(parts: Parts, { source, step }: Diverged): Promise<Diagnosis> {
  const { plan, engine, images, checkpoints, ledger, stop } = parts;
  const { recipe } = plan.config;
  const rateAt = (at: number): number => learningRateAt({ recipe, trainExamples: plan.trainExamples }, at);
  const losses: number[] = [];
  if (source !== 'training') {
    const layer = await findNonFiniteLayer(parts, step, rateAt(step));
    return { losses, learningRate: rateAt(step - 1), ...(layer && { layer }) };
  }
  const learningRate = rateAt(step);
  const found = checkpoints.findNewest()?.checkpoint;
  if (!found || found.state.ledger.steps > step) return { losses, learningRate };
  engine.writeState(found.tensors);
  const from = found.state.ledger.steps;
  const stream = trainingStream(images, plan, from);
  const start = performance.now();
  try {
    for (let at = from; at <= step && stop.signal === undefined; at++) {
      const batch = await stream.next();
      if (!batch) break;
      const feeds = toStepFeeds(batch, rateAt(at), at);
      const layer = at === step ? engine.findNonFinite(feeds) : undefined;
      losses.push(engine.step(feeds));
      batch.release();
      if (layer) return { losses: losses.slice(-LAST_LOSSES), learningRate, layer };
    }
  } finally {
    await stream.close();
    ledger.addWastedSteps({ from, to: from + losses.length, seconds: (performance.now() - start) / 1000 });
  }
  return { losses: losses.slice(-LAST_LOSSES), learningRate };
}

/** The layer with a non-finite value for the engine's weights and the batch of step `step`; the weights are not updated. */
async function findNonFiniteLayer({ plan, engine, images }: Parts, step: number, learningRate: number) {
  const stream = trainingStream(images, plan, step);
  try {
    const batch = await stream.next();
    return batch && engine.findNonFinite(toStepFeeds(batch, learningRate, step));
  } finally {
    await stream.close();
  }
}

/** `diverged in step 12: the training loss is NaN; ...` */
export function describeDivergence(
  { message, source, step }: Diverged,
  { losses, learningRate, layer }: Diagnosis,
): string {
  const where =
    layer === undefined ? '' : `; the first non-finite value comes from ${layer.op} in layer ${layer.layer || 'input'}`;
  const before = losses.length > 0 ? `; last losses ${losses.map((loss) => loss.toPrecision(5)).join(', ')}` : '';
  return (
    `diverged ${source === 'training' ? 'in' : 'after'} step ${step}: ${message}${before}; learning rate ${learningRate}${where}` +
    '; try a lower learning rate, a longer warm-up, or clipGradientNorm'
  );
}
