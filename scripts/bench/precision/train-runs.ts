import { join } from 'node:path';
import { train } from '../../../src/api/train.ts';
import { createTorchJob, type TorchImages, writeTorchImages } from '../../parity/torch-job.ts';
import type { Format, PrecisionRun, Size } from './precision-runs.ts';
import { runTorch, torchThreads } from './run-torch.ts';
import { CONFIG, loadConfig, settings } from './settings.ts';

/** What a run says beside the settings that the caller knows. */
type Trained = Pick<PrecisionRun, 'top1' | 'trainingLoss' | 'trainingSeconds' | 'parameters' | 'curve'>;

/** Trains in doubletime. */
export async function trainHere(folder: string, precision: Format, seed: number, size: Size): Promise<Trained> {
  const dir = join(folder, `${precision}-${seed}`);
  const { curve, totals, counts } = await train({ run: CONFIG, dir, set: settings(precision, seed, size) });
  const points = curve.map(({ steps, epochs, trainingLoss, loss, top1 }) => ({
    ...{ steps, epochs, trainingLoss, loss, top1 },
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
   * Trains as a run of doubletime has trained.
   * @throws UserError exit code 69 if the Python fails.
   */
  async train(own: PrecisionRun): Promise<Trained & { readonly threads: number; readonly versions: object }> {
    const { precision, seed, parameters } = own;
    const config = loadConfig(precision, seed, this.#size);
    this.#images ??= await writeTorchImages(config, this.#folder);
    const threads = torchThreads();
    const job = { ...createTorchJob(config, own, this.#images, threads), precision };
    const result = runTorch(this.#python, 'scripts/parity/study_torch.py', this.#folder, job) as TorchResult;
    const { points, seconds, versions } = result;
    const { top1, trainingLoss } = points.at(-1)!;
    return {
      ...{ top1, trainingLoss: trainingLoss!, trainingSeconds: seconds },
      ...{ parameters, curve: points, threads, versions },
    };
  }
}
