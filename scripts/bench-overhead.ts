// What everything around the bare step costs: a whole run (loader, ledger, log, curve, progress, checkpoints, signals) with
// an engine whose step does nothing but take its time, and whether memory stays flat.
//   npx tsx --expose-gc scripts/bench-overhead.ts [--steps 5000] [--milliseconds 100] [--parameters 25000000]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runSchema } from '../src/config/run.ts';
import { openPictures } from '../src/data/open.ts';
import type { Engine, StateTensor } from '../src/train/engine.ts';
import { createReporter } from '../src/train/reporter.ts';
import { train } from '../src/train/run.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '5000' },
    milliseconds: { type: 'string', default: '100' },
    parameters: { type: 'string', default: '25000000' },
  },
});
const [steps, milliseconds, parameters] = [
  Number(values.steps),
  Number(values.milliseconds),
  Number(values.parameters),
];
const BATCH = 32;

/** Time of all threads on a processor, which others at work on this machine do not change. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The step takes its time in the native library, where this thread can do nothing else. */
function wait(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

const resident = new Map<number, number>();
let inSteps = 0;
let firstStep = 0;
let lastStep = 0;
let processor = 0;

/** Weights and momentum of a ResNet-50's size, which a checkpoint has to write. */
function timedEngine(): Engine {
  const tensor = (): StateTensor => ({ shape: [parameters], values: new Float32Array(parameters) });
  const state = new Map([
    ['weight', tensor()],
    ['momentum/weight', tensor()],
  ]);
  return {
    counts: {
      parameters,
      batch: BATCH,
      forwardMacsPerExample: 1,
      stepMacs: 1,
      stepFlops: 1,
      evaluationMacsPerExample: 1,
      evaluationFlopsPerExample: 1,
    },
    step: ({ step }) => {
      const start = performance.now();
      if (step === 0) {
        firstStep = start;
        processor = -cpuSeconds();
      }
      wait(milliseconds / 1000);
      lastStep = performance.now();
      inSteps += lastStep - start;
      if (step === steps - 1) processor += cpuSeconds();
      if (step === 499 || step === steps - 1) {
        globalThis.gc?.();
        resident.set(step + 1, process.memoryUsage().rss);
      }
      return 1;
    },
    evaluate: ({ count }) => ({ lossSum: count, top1: 0, top5: 0 }),
    readState: () => state,
    writeState: () => undefined,
    findNonFinite: () => undefined,
    tensorsAlive: () => 0,
    close: () => undefined,
  };
}

const config = runSchema.parse({
  network: { name: 'resnet50' },
  data: {
    source: 'synthetic',
    input: 32,
    classes: 10,
    trainExamples: 5000,
    validationExamples: 100,
  },
  recipe: { batch: BATCH, epochs: (steps * BATCH) / 5000, learningRate: 0.1 },
  // One evaluation, at the end: what it costs is evaluation, not overhead.
  evaluateEvery: { examples: steps * BATCH },
  stopAt: 'end',
});
const folder = mkdtempSync(join(tmpdir(), 'doubletime-overhead-'));
const measurement = await train({
  config,
  yaml: '',
  folder,
  extend: false,
  network: { name: 'resnet50', published: '2015-12-10' },
  openPictures: () =>
    openPictures(config.data, config.recipe.augmentation, { workers: 2, prefetchBatches: 4 }),
  createEngine: timedEngine,
  describeEnvironment: () => ({
    host: '',
    platform: '',
    cpu: '',
    threads: 1,
    gpus: [],
    device: 'cpu',
    node: process.version,
    tensorflow: '',
    packages: {},
    commit: null,
  }),
  reporter: createReporter(process.stdout, 'text'),
});
rmSync(folder, { recursive: true });
const whole = lastStep - firstStep;
const [early, late] = [resident.get(500) ?? NaN, resident.get(steps) ?? NaN];
process.stdout.write(
  `${JSON.stringify(
    {
      steps,
      millisecondsPerStep: inSteps / steps,
      overheadPercent: ((whole - inSteps) / inSteps) * 100,
      cpuMillisecondsPerStep: (processor / steps) * 1000,
      checkpointingSeconds: measurement.totals.seconds.checkpointing,
      inputWaitSeconds: measurement.totals.seconds.inputWait,
      residentAfter500: early,
      residentAtEnd: late,
      growthPercent: (late / early - 1) * 100,
    },
    null,
    2,
  )}\n`,
);
