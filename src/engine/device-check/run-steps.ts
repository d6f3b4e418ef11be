import type { NetworkEntry } from '../../../models/entry.ts';
import { messageOf } from '../../base/errors.ts';
import { recipeSchema } from '../../config/recipe.ts';
import { createEngine } from '../create-engine.ts';
import type { Engine, StateTensor } from '../engine.ts';
import { withFittingInput } from './distinct-ops.ts';
import type { StepResult } from './results.ts';
import { sketchOf } from './sketch.ts';

const STEPS = 3;
const BATCH = 8;
const LEARNING_RATE = 0.01;

/** Bytes that look random but are the same everywhere (Knuth's multiplicative hash). */
const imagesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => Math.imul(i, 2654435761) >>> 24);

function changesOf(before: ReadonlyMap<string, StateTensor>, after: ReadonlyMap<string, StateTensor>) {
  return Object.fromEntries(
    [...after].map(([name, { values }]) => {
      const from = before.get(name)!.values;
      return [name, sketchOf(values.map((value, i) => value - from[i]!))];
    }),
  );
}

function takeSteps(engine: Engine, input: number): Pick<StepResult, 'losses' | 'milliseconds' | 'changes'> {
  const images = imagesOf(BATCH * input * input * 3);
  const labels = Int32Array.from({ length: BATCH }, (_, i) => (i * 37) % 1000);
  const zeros = new Int32Array(BATCH);
  const before = engine.readState();
  const losses: (number | null)[] = [];
  const milliseconds: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const begin = performance.now();
    const window = { tops: zeros, lefts: zeros, flips: zeros };
    const loss = engine.step({ images, labels, ...window, learningRate: LEARNING_RATE, step });
    losses.push(Number.isFinite(loss) ? loss : null);
    milliseconds.push(Number((performance.now() - begin).toFixed(2)));
  }
  return { losses, milliseconds, changes: changesOf(before, engine.readState()) };
}

/** Takes three training steps of a network from the weights of seed 0, on the same images everywhere, in float32. */
export function runSteps(entry: NetworkEntry): StepResult {
  try {
    return withFittingInput((input) => {
      const recipe = recipeSchema.parse({
        ...{ batch: BATCH, epochs: 1, learningRate: LEARNING_RATE, weightDecay: { value: 1e-4 } },
        augmentation: { flip: false },
      });
      const forward = entry.build();
      const engine = createEngine({ forward, recipe, input, side: input, padding: 0, seed: 0, mode: 'graph' });
      try {
        return { network: entry.name, input, ...takeSteps(engine, input) };
      } finally {
        engine.close();
      }
    });
  } catch (error) {
    const error_ = messageOf(error).slice(0, 300);
    return { network: entry.name, input: 0, losses: [], milliseconds: [], changes: {}, error: error_ };
  }
}
