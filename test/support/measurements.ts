import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOfJson } from '../../src/base/json.ts';
import { seededUniform } from '../../src/base/numbers/seeded-uniform.ts';
import type { FixedLevel } from '../../src/config/level.ts';
import { runSchema, type RunConfig } from '../../src/config/run.ts';
import { alexNetLevel, type MeasurementOptions } from './measurement-options.ts';
import { findCrossing } from '../../src/results/crossing.ts';
import type { CurvePoint, Measurement, MeasurementBody } from '../../src/results/measurement.ts';
import { MEASUREMENT_VERSION, sealMeasurement } from '../../src/results/measurement.ts';
import { sampleNetworks } from './sample-networks.ts';

const defaults = {
  network: 'alexnet',
  published: '2012-06-01',
  seed: 0,
  parameters: 61_100_840,
  forwardMacs: 714_188_480,
  epochs: 90,
  epochsToLevel: 60,
  ceiling: 0.9,
  noise: 0.001,
  level: alexNetLevel as FixedLevel | null,
  stopAtLevel: false,
  trainExamples: 50_000,
  validationExamples: 10_000,
  classes: 10,
  batch: 250,
  learningRate: 0.01,
  schedule: 'exponential' as 'step' | 'exponential',
  gpu: false,
  dataName: 'imagenet-part',
};
type Filled = typeof defaults & MeasurementOptions;

/** A saturating curve through the level: ceiling x (1 - exp(-(epoch / scale)^0.6)), plus seeded noise, in whole examples. */
function accuracies(o: Filled): (epoch: number) => { top1: number; top5: number } {
  const random = seededUniform(o.seed * 7919 + o.network.length * 104_729 + o.epochsToLevel);
  const wanted = o.level?.metric === 'top5' ? o.level.value : 0.791;
  const scale = o.epochsToLevel / (-Math.log(1 - wanted / o.ceiling)) ** (1 / 0.6);
  const whole = (value: number): number =>
    Math.min(o.validationExamples, Math.max(0, Math.round(value * o.validationExamples))) / o.validationExamples;
  return (epoch) => {
    const top5 = o.ceiling * (1 - Math.exp(-((epoch / scale) ** 0.6))) + (random() - 0.5) * 2 * o.noise;
    return { top5: whole(top5), top1: whole(top5 ** 2.4) };
  };
}

/** The learning rate of the step before an evaluation after `epoch` epochs. */
const learningRateAt = (o: Filled, epoch: number): number =>
  o.schedule === 'step'
    ? o.learningRate * 0.1 ** Math.floor(epoch / 30 + 1e-9)
    : o.learningRate * 1000 ** -(epoch / o.epochs);

/** A possible mean of `count` float32 values. */
const meanOfFloats = (mean: number, count: number): number => Math.round(mean * count * 2 ** 16) / 2 ** 16 / count;

const wholeNanoseconds = (seconds: number): number => Math.round(seconds * 1e9) / 1e9;

interface Costs {
  readonly stepMacs: number;
  readonly stepFlops: number;
  readonly secondsPerStep: number;
}

/** A step is 3 x forward without the input gradient of the first layer; other ops add a few percent. */
const costsOf = (o: Filled): Costs => {
  const stepMacs = Math.round(o.forwardMacs * 2.95) * o.batch;
  const stepFlops = stepMacs * 2 + Math.round(o.forwardMacs * 0.05) * o.batch;
  return { stepMacs, stepFlops, secondsPerStep: stepFlops / 8e12 + 0.01 };
};

/** A loss slightly above the minimum for this number of wrong answers. */
const lossOf = (top1: number, top5: number): number => 0.2 + (1 - top5) * Math.log(6) + (top5 - top1) * Math.log(2);

function curveOf(o: Filled): CurvePoint[] {
  const at = accuracies(o);
  const cost = costsOf(o);
  const stepsPerEpoch = o.trainExamples / o.batch;
  return Array.from({ length: o.epochs }, (_, index) => {
    const epochs = index + 1;
    const steps = epochs * stepsPerEpoch;
    const examples = steps * o.batch;
    const { top1, top5 } = at(epochs);
    return {
      examples,
      epochs,
      steps,
      macs: steps * cost.stepMacs,
      flops: steps * cost.stepFlops,
      paperTeraflopSecondDays: (3 * o.forwardMacs * examples) / 8.64e16,
      trainingSeconds: wholeNanoseconds(steps * cost.secondsPerStep),
      learningRate: learningRateAt(o, ((steps - 1) * o.batch) / o.trainExamples),
      trainingLoss: meanOfFloats(0.1 - Math.log(Math.max(top1, 0.01)), stepsPerEpoch),
      loss: meanOfFloats(lossOf(top1, top5), o.validationExamples),
      top1,
      top5,
    };
  });
}

const PEAK = 6.7e13;
const PRICE = 2.5;

function totalsOf(o: Filled, last: CurvePoint, evaluations: number): MeasurementBody['totals'] {
  const { examples, epochs, steps, macs, flops, paperTeraflopSecondDays, trainingSeconds } = last;
  const evaluated = evaluations * o.validationExamples;
  const examplesPerSecond = examples / trainingSeconds;
  const flopPerSecond = (examplesPerSecond / o.batch) * costsOf(o).stepFlops;
  const seconds = {
    training: trainingSeconds,
    evaluation: evaluations * 2,
    inputWait: wholeNanoseconds(trainingSeconds * 0.02),
    checkpointing: wholeNanoseconds(evaluations * 0.1),
    tracing: 3.5,
  };
  const hours = Object.values(seconds).reduce((sum, part) => sum + part, 0) / 3600;
  return {
    examples,
    epochs,
    steps,
    macs,
    flops,
    paperTeraflopSecondDays,
    evaluation: {
      examples: evaluated,
      macs: evaluated * o.forwardMacs,
      flops: evaluated * Math.round(o.forwardMacs * 2.04),
    },
    wasted: { examples: 0, steps: 0, macs: 0, flops: 0, seconds: 0 },
    seconds,
    peakMemoryBytes: 2_000_000_000,
    examplesPerSecond,
    flopPerSecond,
    utilization: o.gpu ? flopPerSecond / PEAK : null,
    energyJoules: o.gpu ? trainingSeconds * 400 : null,
    cost: o.gpu ? { amount: hours * PRICE, currency: 'USD', perHour: PRICE } : null,
  };
}

const configOf = (o: Filled): MeasurementBody['config'] =>
  runSchema.parse({
    network: { name: o.network },
    data: { source: 'folder', path: '/data/images', input: 224 },
    recipe: {
      batch: o.batch,
      epochs: o.epochs,
      learningRate: o.learningRate,
      schedule: o.schedule === 'step' ? { name: 'step', everyEpochs: 30 } : { name: 'exponential' },
      weightDecay: { value: 1e-4 },
      augmentation: { crop: { name: 'randomResizedCrop' }, evaluationShorterSide: 256 },
    },
    level: o.level,
    stopAt: o.stopAtLevel ? 'level' : 'end',
    seed: o.seed,
    ...(o.status === 'outOfBudget' ? { budget: { examples: o.epochs * o.trainExamples } } : {}),
    ...(o.gpu ? { execution: { pricePerHour: PRICE, peakFlopPerSecond: PEAK } } : {}),
  });

/** @param hours from start to end. */
const environmentOf = (o: Filled, hours: number): MeasurementBody['environment'] => ({
  startedAt: '2026-01-10T08:00:00.000Z',
  finishedAt: new Date(Date.parse('2026-01-10T08:00:00.000Z') + hours * 3.6e6).toISOString(),
  host: 'box',
  platform: 'linux-x64',
  cpu: 'AMD EPYC 7B13',
  threads: 8,
  gpus: o.gpu ? [{ name: 'NVIDIA H200', driver: '570.10', memoryBytes: 149_000_000_000 }] : [],
  device: o.gpu ? 'gpu' : 'cpu',
  node: '20.20.2',
  tensorflow: '2.21.0',
  packages: { '@tensorflow/tfjs-node-gpu': '4.22.0' },
  commit: '0123456789abcdef0123456789abcdef01234567',
});

/** A complete, consistent and sealed measurement, as a run writes it. */
export function makeMeasurement(options: MeasurementOptions = {}): Measurement {
  const o: Filled = { ...defaults, ...options };
  const whole = curveOf(o);
  const crossing = o.level === null ? null : findCrossing(whole, o.level);
  const stopped = o.stopAtLevel && crossing !== null;
  const curve = stopped ? whole.filter((point) => point.examples <= crossing.examples) : whole;
  const cost = costsOf(o);
  const config = configOf(o);
  const totals = totalsOf(o, curve.at(-1)!, curve.length);
  const seconds = Object.values(totals.seconds).reduce((sum, part) => sum + part, 0);
  return sealMeasurement({
    version: MEASUREMENT_VERSION,
    id: o.id ?? `${o.network}-${hashOfJson({ ...config, execution: null }).slice(0, 12)}`,
    network: o.network,
    published: o.published,
    status: o.status ?? (o.earlyStop ? 'stoppedEarly' : stopped ? 'reachedLevel' : 'finished'),
    ...(o.earlyStop && { earlyStop: o.earlyStop }),
    config,
    data: {
      source: 'folder',
      name: o.dataName,
      classes: Array.from({ length: o.classes }, (_, i) => `n${String(i).padStart(4, '0')}`),
      trainExamples: o.trainExamples,
      validationExamples: o.validationExamples,
      input: 224,
      sha256: '5f'.repeat(32),
      skipped: [],
    },
    seed: o.seed,
    counts: {
      parameters: o.parameters,
      batch: o.batch,
      forwardMacsPerExample: o.forwardMacs,
      stepMacs: cost.stepMacs,
      stepFlops: cost.stepFlops,
      paperFlopsPerExample: 3 * o.forwardMacs,
    },
    level: o.level,
    curve,
    crossing,
    totals,
    environment: environmentOf(o, Math.max(12, seconds / 3600)),
  });
}

/** One measurement per sample network and seed. */
export const makeSweep = (seeds: readonly number[] = [0, 1, 2], options: MeasurementOptions = {}): Measurement[] =>
  sampleNetworks.flatMap((sample) => seeds.map((seed) => makeMeasurement({ ...sample, seed, ...options })));

/** Writes measurements as a sweep does, to `folder/<run id>.json`. Returns the paths. */
export function writeSweep(folder: string, measurements: readonly Measurement[]): string[] {
  mkdirSync(folder, { recursive: true });
  return measurements.map((measurement) => {
    const file = join(folder, `${measurement.id}.json`);
    writeFileSync(file, `${JSON.stringify(measurement, null, 1)}\n`);
    return file;
  });
}
export { alexNetLevel, type MeasurementOptions } from './measurement-options.ts';

/** The same measurement with the config of a planned run. */
export function withConfigOf({ config }: { readonly config: RunConfig }, measurement: Measurement): Measurement {
  const body: MeasurementBody & { sha256?: string } = { ...measurement, config };
  delete body.sha256;
  return sealMeasurement(body);
}
