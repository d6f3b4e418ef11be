// `npx tsx scripts/bench/precision/gradient-error.ts [--torch PYTHON] [--out FILE]`: compares the gradient in bfloat16 with that in
// float32 at the same weights and batches, for the network and recipe of bench:precision, at initialization and after some steps in
// float32. With --torch it does the same in PyTorch with CPU autocast.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { seededUniform } from '../../../src/base/numbers/seeded-uniform.ts';
import { formatTable } from '../../../src/base/text/table.ts';
import type { RunConfig } from '../../../src/config/run.ts';
import type { Engine, StepFeeds } from '../../../src/engine/engine.ts';
import { createNetworkEngine } from '../../../src/engine/network/network.ts';
import { createTorchJob, type TorchImages, writeTorchImages } from '../../parity/torch-job.ts';
import { checkCounts, runScript } from '../../run-script.ts';
import { openRecord } from '../record.ts';
import { addGradients, type GradientError, type GradientSums, summarizeErrors } from './gradients.ts';
import type { Format } from './precision-runs.ts';
import { runTorch, torchThreads } from './run-torch.ts';
import { loadConfig } from './settings.ts';
import { checkTorch } from '../torch.ts';

const args = await yargs(hideBin(process.argv))
  .option('seeds', { type: 'number', default: 2, describe: 'number of seeds' })
  .option('batches', { type: 'number', default: 8, describe: 'batches over which errors are added up' })
  .option('steps', { type: 'number', default: 100, describe: 'steps in float32 before the second comparison' })
  .option('torch', { type: 'string', describe: 'a Python that has torch and torchvision' })
  .option('out', { type: 'string', describe: 'a JSON file for the results' })
  .strict()
  .parseAsync();

const SIZE = { images: 4000, epochs: 5 };
const LEARNING_RATE = 0.03;

/** Endless random batches with random crops and flips. */
function createBatches({ data, recipe }: RunConfig, { train, classes }: TorchImages, seed: number) {
  const images = readFileSync(train.images);
  const labels = new Int32Array(Uint8Array.from(readFileSync(train.labels)).buffer);
  const size = data.input * data.input * 3;
  const uniform = seededUniform(seed);
  const draw = (below: number): number => Math.floor(uniform() * below);
  const drawAll = (below: number): Int32Array => Int32Array.from({ length: recipe.batch }, () => draw(below));
  const { crop } = recipe.augmentation;
  const positions = crop.name === 'paddedCrop' ? 2 * crop.padding + 1 : 1;
  const next = (step: number, learningRate: number): StepFeeds => {
    const chosen = drawAll(labels.length);
    const batch = new Uint8Array(recipe.batch * size);
    chosen.forEach((index, i) => {
      batch.set(images.subarray(index * size, (index + 1) * size), i * size);
    });
    const [tops, lefts, flips] = [drawAll(positions), drawAll(positions), drawAll(2)];
    return { images: batch, labels: chosen.map((i) => labels[i]!), tops, lefts, flips, learningRate, step };
  };
  return { next, classes };
}

function createEngineOf(config: RunConfig, classes: number): Engine {
  const names = Array.from({ length: classes }, String);
  const { crop } = config.recipe.augmentation;
  return createNetworkEngine(config, {
    side: config.data.input,
    padding: crop.name === 'paddedCrop' ? crop.padding : 0,
    description: { classes: names, trainExamples: SIZE.images },
  });
}

/** The config whose momentum after a first step is the gradient. */
function withoutDecay(precision: Format, seed: number): RunConfig {
  const config = loadConfig(precision, seed, SIZE);
  return { ...config, recipe: { ...config.recipe, weightDecay: { ...config.recipe.weightDecay, value: 0 } } };
}

/** The errors in doubletime, at initialization and after the steps. */
function measureHere(seed: number, images: TorchImages): GradientError[] {
  const config = loadConfig('float32', seed, SIZE);
  const { next, classes } = createBatches(config, images, seed);
  const trainer = createEngineOf(config, classes);
  const formats = (['float32', 'bfloat16'] as const).map((format) =>
    createEngineOf(withoutDecay(format, seed), classes),
  );
  const errors: GradientError[] = [];
  let step = 0;
  for (const until of [0, args.steps]) {
    for (; step < until; step++) trainer.step(next(step, LEARNING_RATE));
    const start = new Map(
      [...trainer.readState()].map(([name, tensor]) => [
        name,
        name.startsWith('momentum/') ? { ...tensor, values: tensor.values.map(() => 0) } : tensor,
      ]),
    );
    const sums = { products: 0, full: 0, half: 0, difference: 0 };
    for (let batch = 0; batch < args.batches; batch++) {
      const feeds = next(0, 0);
      const [full, half] = formats.map((engine) => {
        engine.writeState(start);
        engine.step(feeds);
        return engine.readState();
      });
      for (const [name, { values }] of full!)
        if (name.startsWith('momentum/')) addGradients(sums, values, half!.get(name)!.values);
    }
    errors.push({ library: 'doubletime', seed, steps: until, ...summarizeErrors(sums) });
  }
  for (const engine of [trainer, ...formats]) engine.close();
  return errors;
}

/** The errors in PyTorch. */
function measureInTorch(python: string, seed: number, images: TorchImages, folder: string): GradientError[] {
  const shared = createTorchJob(loadConfig('float32', seed, SIZE), { curve: [{ steps: 1 }] }, images, torchThreads());
  const job = { ...shared, steps: args.steps, batches: args.batches, learningRate: LEARNING_RATE };
  const script = 'scripts/bench/precision/gradient_error.py';
  const found = runTorch(python, script, folder, job) as (GradientSums & { readonly steps: number })[];
  return found.map(({ steps, ...sums }) => ({ library: 'pytorch', seed, steps, ...summarizeErrors(sums) }));
}

async function main(): Promise<void> {
  const { seeds, batches, steps } = args;
  checkCounts({ seeds, batches, steps });
  if (args.torch !== undefined) checkTorch(args.torch, 'cpu');
  const record = openRecord('gradient-error', args.out);
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-gradients-'));
  const rows: string[][] = [];
  try {
    const images = await writeTorchImages(loadConfig('float32', 0, SIZE), folder);
    for (let seed = 0; seed < args.seeds; seed++) {
      const ours = measureHere(seed, images);
      const theirs = args.torch === undefined ? [] : measureInTorch(args.torch, seed, images, folder);
      for (const error of [...ours, ...theirs]) {
        record.add(error);
        const { library, steps, relativeError, projection, normRatio } = error;
        rows.push([
          library,
          String(seed),
          String(steps),
          ...[relativeError, projection, normRatio].map((value) => value.toFixed(4)),
        ]);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const columns = ['library', 'seed', 'after steps', 'relative error', 'projection', 'norm ratio'];
  console.log(
    formatTable(
      columns.map((name) => ({ name })),
      rows,
    ),
  );
  record.save();
}

await runScript('gradient-error', main);
