import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { train } from '../../../src/api/train.ts';
import { ExitCode, UserError } from '../../../src/base/errors.ts';
import { packageFile } from '../../../src/base/files/home.ts';
import { loadRun } from '../../../src/config/load.ts';
import { findConfig } from '../../../src/config/shipped.ts';
import { createTorchJob, type TorchImages, writeTorchImages } from '../../parity/torch-job.ts';
import type { Format, PrecisionRun, Size } from './precision-runs.ts';

const CONFIG = 'cifar10-resnet18';

const settings = (precision: Format, seed: number, { images, epochs }: Size): string[] => [
  ...['network.width=0.25', 'level=null', 'stopAt=end', `seed=${seed}`, `recipe.precision=${precision}`],
  ...[`data.trainExamples=${images}`, 'data.validationExamples=2000'],
  ...['recipe.batch=32', 'recipe.learningRate=0.05', `recipe.epochs=${epochs}`],
];

/** What a run says beside the settings that the caller knows. */
type Trained = Pick<PrecisionRun, 'top1' | 'trainingLoss' | 'trainingSeconds' | 'parameters' | 'curve'>;

/** Trains in doubletime. */
export async function trainHere(folder: string, precision: Format, seed: number, size: Size): Promise<Trained> {
  const dir = join(folder, `${precision}-${seed}`);
  const { curve, totals, counts } = await train({ run: CONFIG, dir, set: settings(precision, seed, size) });
  const points = curve.map(({ steps, epochs, trainingLoss, loss, top1 }) => ({
    steps,
    epochs,
    trainingLoss,
    loss,
    top1,
  }));
  const { macsByPrecision, parameters } = counts;
  const last = curve.at(-1)!;
  return {
    ...{ top1: last.top1, trainingLoss: last.trainingLoss!, trainingSeconds: totals.seconds.training },
    ...{ macsByPrecision, parameters, curve: points },
  };
}

interface TorchResult {
  readonly points: PrecisionRun['curve'];
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Trains the same settings in PyTorch, with CPU autocast for bfloat16. */
export class TorchTrainer {
  readonly #python: string;
  readonly #folder: string;
  readonly #size: Size;
  #images: TorchImages | undefined;

  constructor(python: string, folder: string, size: Size) {
    this.#python = python;
    this.#folder = folder;
    this.#size = size;
  }

  /**
   * Trains as a run of doubletime has trained, with the number of threads in OMP_NUM_THREADS, or else one per core.
   * @throws UserError exit code 69 if the Python fails.
   */
  async train(own: PrecisionRun): Promise<Trained & { readonly threads: number; readonly versions: object }> {
    const { precision, seed, parameters } = own;
    const config = loadRun(findConfig(CONFIG, 'runs'), settings(precision, seed, this.#size));
    this.#images ??= await writeTorchImages(config, this.#folder);
    const threads = Number(process.env['OMP_NUM_THREADS']) || availableParallelism();
    const job = createTorchJob(config, own, this.#images, threads);
    const [file, out] = ['job', 'result'].map((name) => join(this.#folder, `${name}.json`)) as [string, string];
    writeFileSync(file, JSON.stringify({ ...job, precision, out }));
    const script = packageFile('scripts/parity/study_torch.py');
    const { status, error } = spawnSync(this.#python, [script, file], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0)
      throw new UserError(
        `--torch ${this.#python} failed (${error?.message ?? `exit code ${status ?? 'unknown'}`}): expected a Python that has torch and torchvision`,
        ExitCode.unavailable,
      );
    const { points, seconds, versions } = JSON.parse(readFileSync(out, 'utf8')) as TorchResult;
    const { top1, trainingLoss } = points.at(-1)!;
    return {
      top1,
      trainingLoss: trainingLoss!,
      trainingSeconds: seconds,
      parameters,
      curve: points,
      threads,
      versions,
    };
  }
}
