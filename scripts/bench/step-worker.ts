// Times training steps of one network in this process: reads a number of steps per line, prints milliseconds per step.
import { createInterface } from 'node:readline';
import { findNetwork } from '../../models/registry.ts';
import { recipeSchema } from '../../src/config/recipe.ts';
import { createEngine } from '../../src/engine/create-engine.ts';

const [model = '', size = '', batchSize = '', mode = ''] = process.argv.slice(2);
const input = Number(size);
const batch = Number(batchSize);
const recipe = recipeSchema.parse({
  batch,
  epochs: 1,
  learningRate: 0.01,
  weightDecay: { value: 1e-4 },
  augmentation: { flip: false },
});
const engine = createEngine({
  forward: findNetwork(model).build({}),
  recipe,
  input,
  side: input,
  padding: 0,
  seed: 0,
  mode: mode === 'eager' ? 'eager' : 'graph',
});
const images = Uint8Array.from({ length: batch * input * input * 3 }, (_, i) => (i * 31) % 251);
const labels = Int32Array.from({ length: batch }, (_, i) => i % 10);
const zeros = new Int32Array(batch);
let step = 0;
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const steps = Number(line);
  const begin = performance.now();
  for (let i = 0; i < steps; i++) {
    engine.step({
      images,
      labels,
      tops: zeros,
      lefts: zeros,
      flips: zeros,
      learningRate: 0.01,
      step,
    });
    step++;
  }
  console.log((performance.now() - begin) / steps);
}
