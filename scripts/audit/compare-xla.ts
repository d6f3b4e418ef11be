// Compares a training step that XLA compiles with the uncompiled step, for a small variant of every family: the relative difference
// of the loss and of the weights after the step. The exit code is 1 if a loss differs by more than 1e-5.
//   npx tsx scripts/audit/compare-xla.ts [--out FILE] [NETWORK:PIXELS[:WIDTH]]...     (about 10 to 60 s per network)
import { parseArgs } from 'node:util';
import { findNetwork } from '../../models/registry.ts';
import { recipeSchema } from '../../src/config/recipe.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { StateTensor } from '../../src/engine/engine.ts';
import { loadTensorFlow } from '../../src/runtime/tensorflow.ts';
import { openRecord } from '../bench/record.ts';

const FAMILIES = [
  ...['alexnet:64', 'vgg11:32', 'googlenet:64', 'resnet18:32:0.125', 'wide_resnet50_2:32:0.125', 'resnext50_32x4d:32'],
  ...[
    'squeezenet1_1:64',
    'densenet121:32',
    'mobilenet_v1_x0_25:32',
    'mobilenet_v2_x0_35:32',
    'shufflenet_v1_x0_5_g3:32',
  ],
  ...['shufflenet_v2_x0_5:32', 'mnasnet0_5:32', 'resnet9:32:0.125', 'mobilenet_v3_small:32', 'efficientnet_b0:32'],
  ...['regnet_x_400mf:32', 'vit_tiny_patch16_224:32', 'efficientnet_v2_s:32', 'convnext_atto:32'],
];
const MAX_DIFFERENCE = 1e-5;
const [BATCH, CLASSES] = [8, 4];

const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });

/** The loss of one training step, and the state after it. */
function runStep(name: string, side: number, width: number | undefined, compile: 'xla' | undefined) {
  const forward = findNetwork(name).build({ classes: CLASSES, ...(width !== undefined && { width }) });
  const recipe = recipeSchema.parse({ batch: BATCH, epochs: 1, learningRate: 0.01 });
  const size = { input: side, side, padding: 0 };
  const engine = createEngine({ forward, recipe, ...size, seed: 1, mode: 'graph', session: { compile } });
  const noise = (i: number): number => (Math.imul(i + 1, 0x9e3779b1) >>> 24) & 255;
  const loss = engine.step({
    images: Uint8Array.from({ length: BATCH * side * side * 3 }, (_, i) => noise(i)),
    labels: Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES),
    ...{ tops: new Int32Array(BATCH), lefts: new Int32Array(BATCH), flips: new Int32Array(BATCH) },
    ...{ learningRate: 0.01, step: 0 },
  });
  const state = engine.readState();
  engine.close();
  return { loss, state };
}

/** The largest difference of a weight, relative to the largest weight of its tensor. */
function weightDifference(a: ReadonlyMap<string, StateTensor>, b: ReadonlyMap<string, StateTensor>): number {
  let worst = 0;
  for (const [name, { values: own }] of a) {
    if (name.includes('/')) continue;
    const others = b.get(name)!.values;
    const scale = own.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    own.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - others[i]!) / scale);
    });
  }
  return worst;
}

loadTensorFlow({ session: { compile: 'xla' } });
const record = openRecord('compare-xla', values.out);
let failed = false;
for (const spec of positionals.length > 0 ? positionals : FAMILIES) {
  const [name = '', pixels = '32', width] = spec.split(':');
  const run = (compile?: 'xla') =>
    runStep(name, Number(pixels), width === undefined ? undefined : Number(width), compile);
  const [plain, compiled] = [run(), run('xla')];
  const loss = Math.abs(compiled.loss / plain.loss - 1);
  const result = {
    network: spec,
    lossDifference: loss,
    weightDifference: weightDifference(plain.state, compiled.state),
  };
  failed ||= !(loss <= MAX_DIFFERENCE);
  record.add(result);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
record.save();
process.exitCode = failed ? 1 : 0;
