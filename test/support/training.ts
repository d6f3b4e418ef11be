import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, UserError } from '../../src/base/errors.ts';
import { setByKey } from '../../src/config/overrides.ts';
import { runSchema, type RunConfig } from '../../src/config/run.ts';
import { dataStages } from '../../src/config/stages.ts';
import { openDataset } from '../../src/data/open.ts';
import type { CurvePoint, Measurement } from '../../src/results/measurement.ts';
import type { Progress } from '../../src/results/progress.ts';
import { readCheckpoint } from '../../src/train/files/checkpoint.ts';
import type { Environment } from '../../src/train/accounting/environment.ts';
import type { Reporter } from '../../src/train/watch/reporter.ts';
import { train, type TrainingJob } from '../../src/train/run.ts';
import { FakeEngine, type FakeOptions } from './fake-engine.ts';

/** 96 images in batches of 10, so that steps cross the ends of epochs. */
const base = {
  network: { name: 'resnet18' },
  data: { source: 'synthetic', input: 8, classes: 4, trainExamples: 96, validationExamples: 40 },
  recipe: { batch: 10, epochs: 5, learningRate: 0.5, schedule: { name: 'exponential' } },
  stopAt: 'end',
  execution: { logLevel: 'debug' },
};

export const testConfig = (set: Readonly<Record<string, unknown>> = {}): RunConfig =>
  runSchema.parse(Object.entries(set).reduce<unknown>((config, [key, value]) => setByKey(config, key, value), base));

export const testEnvironment: Environment = {
  host: 'test',
  platform: 'test',
  cpu: 'test',
  threads: 1,
  gpus: [],
  device: 'cpu',
  node: process.version,
  tensorflow: 'none',
  packages: {},
  commit: null,
};

/** Collects everything that is reported. */
export class TestReporter implements Reporter {
  readonly everySeconds = 0;
  readonly notes: string[] = [];
  readonly states: Progress['state'][] = [];
  readonly points: CurvePoint[] = [];
  readonly measurements: Measurement[] = [];
  last: Progress | undefined;

  progress(progress: Progress): void {
    this.last = progress;
  }
  enter({ state }: Progress): void {
    this.states.push(state);
  }
  evaluated(point: CurvePoint): void {
    this.points.push(point);
  }
  note(message: string): void {
    this.notes.push(message);
  }
  finished(measurement: Measurement): void {
    this.measurements.push(measurement);
  }
  close(): void {
    this.last = undefined;
  }
}

export interface TestJob extends TrainingJob {
  readonly reporter: TestReporter;
  /** The created engines, in order. */
  readonly engines: FakeEngine[];
}

/** A run with the fake engine. */
export function testJob(
  folder: string,
  set: Readonly<Record<string, unknown>> = {},
  beforeStep?: FakeOptions['beforeStep'],
  options: Pick<FakeOptions, 'float32Losses'> = {},
): TestJob {
  const config = testConfig(set);
  const engines: FakeEngine[] = [];
  return {
    config,
    yaml: JSON.stringify(config),
    folder,
    extend: false,
    network: { name: 'resnet18', published: '2015-12-10' },
    openImages: () =>
      openDataset(config.data, config.recipe.augmentation, { workers: 1, prefetchBatches: 2 }, dataStages(config)),
    createEngine: (images) => {
      const engine = new FakeEngine({
        batch: config.recipe.batch,
        classes: images.description.classes.length,
        seed: config.seed,
        ...options,
        ...(beforeStep && { beforeStep }),
      });
      engines.push(engine);
      return engine;
    },
    describeEnvironment: () => testEnvironment,
    reporter: new TestReporter(),
    engines,
  };
}

/** A folder that `remove` deletes with its content. */
export function temporaryFolder(): {
  path: string;
  at: (name: string) => string;
  remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), 'doubletime-train-'));
  return {
    path,
    at: (name) => join(path, name),
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A measurement without everything that may depend on time, machine and interruptions. */
export function reproduciblePart(measurement: Measurement): unknown {
  const { examples, epochs, steps, macs, flops, paperTeraflopSecondDays, evaluation } = measurement.totals;
  const untimed = <Point extends { trainingSeconds: number }>(point: Point) => ({
    ...point,
    trainingSeconds: 0,
  });
  return {
    ...measurement,
    sha256: '',
    environment: null,
    config: { ...measurement.config, execution: null },
    curve: measurement.curve.map(untimed),
    crossing: measurement.crossing && untimed(measurement.crossing),
    totals: { examples, epochs, steps, macs, flops, paperTeraflopSecondDays, evaluation },
  };
}

export const readJsonLines = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

/** The UserError that the run of `job` ends with. Throws any other error. */
export async function failureOf(job: TrainingJob): Promise<UserError> {
  try {
    await train(job);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('expected the run to fail');
}

/** Simulates a process that is killed before a step: nothing is written after that. */
export async function crashBeforeStep(path: string, step: number, set = {}): Promise<void> {
  const job = testJob(path, set, (at) => {
    if (at === step) throw new Error('crashed');
    return undefined;
  });
  const message = await train(job).then(() => 'the run finished', messageOf);
  if (message !== 'crashed') throw new Error(`expected the run to crash, but: ${message}`);
}

/** All tensors of the newest checkpoint of a run. */
export const finalTensors = (path: string) => {
  const [last] = readdirSync(join(path, 'checkpoints'))
    .filter((name) => name.startsWith('step-'))
    .sort()
    .reverse();
  return readCheckpoint(join(path, 'checkpoints', last!)).tensors;
};
