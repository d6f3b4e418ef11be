import { loadRun } from '../../../src/config/load.ts';
import type { RunConfig } from '../../../src/config/run.ts';
import { findConfig } from '../../../src/config/shipped.ts';
import type { Format, Size } from './precision-runs.ts';

/** The shipped config of the runs. */
export const CONFIG = 'cifar10-resnet18';

/** The changes of the config: a quarter of the width, a part of the images, a schedule of so many epochs. */
export const settings = (precision: Format, seed: number, { images, epochs }: Size): string[] => [
  ...['network.width=0.25', 'level=null', 'stopAt=end', `seed=${seed}`, `recipe.precision=${precision}`],
  ...[`data.trainExamples=${images}`, 'data.validationExamples=2000'],
  ...['recipe.batch=32', 'recipe.learningRate=0.05', `recipe.epochs=${epochs}`],
];

/** The config of a run of bench:precision. */
export const loadConfig = (precision: Format, seed: number, size: Size): RunConfig =>
  loadRun(findConfig(CONFIG, 'runs'), settings(precision, seed, size));
