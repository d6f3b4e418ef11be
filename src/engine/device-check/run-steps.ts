import type { NetworkEntry } from '../../../models/entry.ts';
import { messageOf } from '../../base/errors.ts';
import { recipeSchema } from '../../config/recipe.ts';
import { createEngine } from '../create-engine.ts';
import type { Engine, StateTensor } from '../engine.ts';
import { withFittingInput } from './distinct-ops.ts';
import { patchValue } from './patch-images.ts';
import type { StepResult } from './results.ts';
import { createSketch } from './sketch.ts';

const STEPS = 3;
const BATCH = 16;
const LEARNING_RATE = 0.001;

/** Images uint8 [BATCH, input, input, 3] of colored patches. */
const createImages = (input: number): Uint8Array =>
  Uint8Array.from({ length: BATCH * input * input * 3 }, (_, i) => patchValue(i, input) >>> 2);

function sketchChanges(before: ReadonlyMap<string, StateTensor>, after: ReadonlyMap<string, StateTensor>) {
  return Object.fromEntries(
    [...after].map(([name, { values }]) => {
      const from = before.get(name)!.values;
      return [name, createSketch(values.map((value, i) => value - from[i]!))];
    }),
  );
}

function trainSteps(engine: Engine, input: number): Pick<StepResult, 'losses' | 'milliseconds' | 'changes'> {
  const images = createImages(input);
  const labels = Int32Array.from({ length: BATCH }, (_, i) => (i * 37) % 1000);
  const zeros = new Int32Array(BATCH);
  const before = engine.readState();
  const losses: (number | null)[] = [];
  const milliseconds: number[] = [];
  let changes: StepResult['changes'] = {};
  for (let step = 0; step < STEPS; step++) {
    const begin = performance.now();
    const window = { tops: zeros, lefts: zeros, flips: zeros };
    const loss = engine.step({ images, labels, ...window, learningRate: LEARNING_RATE, step });
    losses.push(Number.isFinite(loss) ? loss : null);
    milliseconds.push(Number((performance.now() - begin).toFixed(2)));
    if (step === 0) changes = sketchChanges(before, engine.readState());
  }
  return { losses, milliseconds, changes };
}

/** Runs three training steps of a network in float32. The weights are those of seed 0, and the images are the same on all machines. */
export function runSteps(entry: NetworkEntry): StepResult {
  try {
    return withFittingInput((input) => {
      const recipe = recipeSchema.parse({
        ...{ batch: BATCH, epochs: 1, learningRate: LEARNING_RATE, weightDecay: { value: 1e-4 } },
        augmentation: { flip: false },
      });
      const forward = entry.build();
      const size = { input, side: input, padding: 0 };
      const initialImages = { images: createImages(input), count: BATCH, side: input };
      const engine = createEngine({ forward, recipe, ...size, seed: 0, mode: 'graph', initialImages });
      try {
        return { network: entry.name, input, ...trainSteps(engine, input) };
      } finally {
        engine.close();
      }
    });
  } catch (error) {
    const message = messageOf(error).slice(0, 300);
    return { network: entry.name, input: 0, losses: [], milliseconds: [], changes: {}, error: message };
  }
}
