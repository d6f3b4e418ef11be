// Trains ResNet-18 and MobileNet v2 with the same recipe in doubletime and in PyTorch, on a part of CIFAR-10, with several seeds:
//   npm run study:torch -- --torch PYTHON
// PYTHON has torch and torchvision. Run the same command again to resume. It writes doubletime's measurements, and torch-NETWORK.json
// with the learning curves of both, to results/pytorch. Then it prints whether they agree.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { formatPercent } from '../../src/base/text/format.ts';
import { hashOfJson } from '../../src/base/json.ts';
import { packageFile } from '../../src/base/files/home.ts';
import type { RunConfig } from '../../src/config/run.ts';
import { catalogue } from '../../src/cli/sweep/catalogue.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { measurementFile } from '../../src/results/store.ts';
import type { PlannedRun } from '../../src/results/sweep-plan.ts';
import { readSweep } from '../../src/sweep/planning/expand.ts';
import { agreements, DEVIATIONS, type TorchStudy } from '../generate/studies/torch-study.ts';
import { readOptions, runScript } from '../run-script.ts';
import { checkTorch } from '../bench/torch.ts';
import { createTorchJob, type TorchImages, writeTorchImages } from './torch-job.ts';

const NAME = 'pytorch';
const { values: options } = readOptions('study-torch', {
  options: {
    torch: { type: 'string' },
    dir: { type: 'string', default: 'runs/pytorch' },
    results: { type: 'string', default: 'results' },
    networks: { type: 'string', default: 'resnet18,mobilenet_v2' },
    seeds: { type: 'string', default: '3' },
    width: { type: 'string', default: '0.25' },
    epochs: { type: 'string', default: '5' },
    train: { type: 'string', default: '10000' },
    validation: { type: 'string', default: '5000' },
    threads: { type: 'string', default: '2' },
  },
});
const count = (name: 'seeds' | 'width' | 'epochs' | 'train' | 'validation' | 'threads'): number => {
  const value = Number(options[name]);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UserError(`--${name} is ${options[name]}, expected a number above 0`, ExitCode.usage);
};
/** @throws UserError exit code 64 if an option is missing or invalid. */
function checkOptions(): void {
  for (const name of ['seeds', 'width', 'epochs', 'train', 'validation', 'threads'] as const) count(name);
  if (options.torch !== undefined) {
    checkTorch(options.torch, 'cpu');
    return;
  }
  throw new UserError(
    '--torch is missing: expected a Python that has torch and torchvision, as in npm run study:torch -- --torch PYTHON',
    ExitCode.usage,
  );
}
const { dir, results } = options;

/** Runs a program with its output on this terminal. @throws UserError exit code 1 if it does not succeed. */
function run(program: string, args: readonly string[]): void {
  const threads = String(count('threads'));
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: threads, OMP_NUM_THREADS: threads };
  const { status, signal } = spawnSync(program, [...args], { stdio: 'inherit', env });
  if (status === 0) return;
  throw new UserError(
    `${program} ended with ${status ?? signal}: run the same command again to resume`,
    ExitCode.failed,
  );
}

const createSweep = () => ({
  name: NAME,
  question: 'Do the learning curves here and in PyTorch lie within each other’s spread?',
  data: { source: 'cifar10', input: 32, trainExamples: count('train'), validationExamples: count('validation') },
  evaluateEvery: { epochs: 0.5 },
  seeds: Array.from({ length: count('seeds') }, (_, seed) => seed),
  recipe: {
    batch: 64,
    epochs: count('epochs'),
    learningRate: 0.05,
    warmupEpochs: 0.25,
    schedule: { name: 'cosine' },
    optimizer: { name: 'sgd', momentum: 0.9, nesterov: true },
    weightDecay: { value: 0.0005, biases: false, norms: false },
    augmentation: {
      crop: { name: 'paddedCrop', padding: 4 },
      flip: true,
      mean: [0.4914, 0.4822, 0.4465],
      standardDeviation: [0.247, 0.2435, 0.2616],
    },
  },
  runs: options.networks.split(',').map((name) => ({ network: { name, width: count('width'), stem: 'small' } })),
});

interface TorchResult {
  readonly seed: number;
  readonly points: TorchStudy['pytorch'][number]['points'];
  readonly versions: Record<string, string>;
}

/** The result of one seed in PyTorch; read from its file if the same job has already run. */
function trainInTorch(config: RunConfig, measurement: Measurement, images: TorchImages): TorchResult {
  const measured = { parameters: measurement.counts.parameters, curve: measurement.curve };
  const job = createTorchJob(config, measured, images, count('threads'));
  const stem = join(dir, `torch-${job.network}-s${job.seed}-${hashOfJson(job).slice(0, 8)}`);
  const out = `${stem}.result.json`;
  if (!existsSync(out)) {
    writeFileSync(`${stem}.job.json`, JSON.stringify({ ...job, out }));
    run(options.torch!, [packageFile('scripts/parity/study_torch.py'), `${stem}.job.json`]);
  }
  return JSON.parse(readFileSync(out, 'utf8')) as TorchResult;
}

/** Writes and prints the comparison of one network. */
function compare(network: string, runs: readonly PlannedRun[], images: TorchImages): void {
  const measured = runs.map((planned) => readMeasurement(measurementFile(results, NAME, planned.id)));
  const trained = runs.map((planned, i) => trainInTorch(planned.config, measured[i]!, images));
  const [config, first] = [runs[0]!.config, measured[0]!];
  const study: TorchStudy = {
    version: 1,
    network,
    options: Object.fromEntries(Object.entries(config.network).filter(([key]) => key !== 'name')),
    parameters: first.counts.parameters,
    trainExamples: first.data.trainExamples,
    validationExamples: first.data.validationExamples,
    recipe: config.recipe,
    versions: { tensorflow: first.environment.tensorflow, ...trained[0]!.versions },
    measurements: runs.map(({ id }) => `${id}.json`),
    doubletime: measured.map(({ seed, curve }) => ({
      seed,
      points: curve.map(({ steps, epochs, top1 }) => ({ steps, epochs, top1 })),
    })),
    pytorch: trained.map(({ seed, points }) => ({
      seed,
      points: points.map(({ steps, epochs, top1 }) => ({ steps, epochs, top1 })),
    })),
  };
  writeFileAtomic(join(results, NAME, `torch-${network}.json`), `${JSON.stringify(study, null, 1)}\n`);
  const all = agreements(study);
  const { ours, theirs, oursWithin, theirsWithin } = all.at(-1)!;
  const inside = all.filter((agreement) => agreement.oursWithin && agreement.theirsWithin).length;
  const lies = (holds: boolean): string => (holds ? 'lies' : 'does not lie');
  console.log(
    `${network}: top-1 ${formatPercent(ours.mean)} ± ${(ours.deviation * 100).toFixed(2)} here, ` +
      `${formatPercent(theirs.mean)} ± ${(theirs.deviation * 100).toFixed(2)} in PyTorch at the end.\n` +
      `  Our mean ${lies(oursWithin)} within ${DEVIATIONS} standard deviations of PyTorch's, PyTorch's mean ${lies(theirsWithin)} ` +
      `within ${DEVIATIONS} of ours; both hold at ${inside} of ${all.length} evaluations.`,
  );
}

await runScript('study-torch', async () => {
  checkOptions();
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${NAME}.yaml`);
  writeFileSync(file, stringify(createSweep()));
  run(process.execPath, [packageFile('src/cli/doubletime.mjs'), 'sweep', file, '--dir', dir, '--results', results]);
  const { runs } = readSweep(file, catalogue);
  const images = await writeTorchImages(runs[0]!.config, dir);
  for (const network of new Set(runs.map((planned) => planned.network)))
    compare(
      network,
      runs.filter((planned) => planned.network === network),
      images,
    );
});
