import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { configError } from '../base/errors.ts';
import { formatValue } from '../base/text/value.ts';
import { checkOwnLevel } from '../config/level.ts';
import { loadRun } from '../config/load.ts';
import { findConfig } from '../config/shipped.ts';
import { readYamlText } from '../config/yaml/yaml.ts';
import { dataStages } from '../config/stages.ts';
import { openDataset } from '../data/open.ts';
import { workerLimitProblem } from '../data/loader/workers.ts';
import type { Measurement } from '../results/measurement.ts';
import { tensorFlowLibrary } from '../runtime/tensorflow.ts';
import { describeEnvironment } from '../train/accounting/environment.ts';
import { createNetworkEngine, withInitialImages, resolveNetworkOptions } from '../engine/network/network.ts';
import { preparePrecision } from '../engine/precision.ts';
import { runtimeOptions } from '../engine/session-options.ts';
import { findConfiguredNetwork, withNetworkOfRun } from '../engine/network/network-file.ts';
import { createReporter, type Reporter } from '../train/watch/reporter.ts';
import { train as trainJob } from '../train/run.ts';
import { checkRequest, pathSchema } from './check-request.ts';

export interface TrainRequest {
  /** The run's YAML file, or the name of a shipped config (`cifar10-resnet18`). */
  readonly run: string;
  /** The run's folder. A new folder is created; a run in an existing folder is resumed from its last checkpoint. */
  readonly dir: string;
  /** Changes to the config: `['recipe.epochs=3', 'seed=1']`. */
  readonly set?: readonly string[];
  /** Resume a finished run after its config was extended, such as to more epochs. */
  readonly extend?: boolean;
  /** The stream and format of the progress; default: no progress is printed. */
  readonly progress?: { readonly stream: NodeJS.WriteStream; readonly format: 'text' | 'json' };
}

const streamSchema = z.custom<NodeJS.WriteStream>(
  (value) => typeof (value as { write?: unknown } | null | undefined)?.write === 'function',
  { error: ({ input }) => `is ${formatValue(input)}, expected a stream to write to, such as process.stderr` },
);

const requestSchema = z.strictObject({
  run: pathSchema,
  dir: pathSchema,
  set: z.array(z.string()).optional(),
  extend: z.boolean().optional(),
  progress: z.object({ stream: streamSchema, format: z.enum(['text', 'json']) }).optional(),
});

/**
 * Starts or resumes a run, and resolves to its measurement, which the folder contains as `measurement.json`. Accuracies are
 * fractions of 1. Compute is that of training only: in MACs, in FLOPs, and in teraflop/s-days as Hernandez & Brown 2020 count them
 * (`paperTeraflopSecondDays`). SIGINT, SIGTERM and SIGUSR1 stop the run with a checkpoint.
 * @throws UserError exit code 75 after such a signal, 64 for an unknown or invalid key of the request, 70 if the training diverges, 69 if TensorFlow is not set up, memory runs
 * out, or another process is running in the folder, 78 for an invalid or changed config; 65, 66, 73, 74 or 77 for files.
 */
export async function train(request: TrainRequest): Promise<Measurement> {
  checkRequest('train', requestSchema, request);
  const { run, dir, set = [], extend = false, progress } = request;
  const file = findConfig(run, 'runs');
  const yaml = readYamlText(file);
  const config = withNetworkOfRun(loadRun(file, set, yaml));
  checkOwnLevel(config.level);
  preparePrecision(config.recipe.precision, config.mode);
  const { name, published, build } = findConfiguredNetwork(config.network);
  // Wrong options are refused before anything is written and before the dataset is opened.
  build(resolveNetworkOptions(config));
  const { workers = availableParallelism(), prefetchBatches } = config.execution;
  const problem = config.execution.workers === undefined ? undefined : workerLimitProblem(workers);
  if (problem !== undefined) throw configError(`execution.workers is ${workers}, ${problem}: lower it or leave it out`);
  // Delivers a signal that arrived while modules were loaded, before any file is changed (src/cli/doubletime.mjs). The first turn
  // of the event loop may end before Node looks for signals; the second does not.
  await nextTurn();
  await nextTurn();
  return trainJob({
    config,
    yaml,
    folder: dir,
    extend,
    network: { name, published },
    openImages: async () => {
      const loader = { workers, prefetchBatches };
      const images = await openDataset(config.data, config.recipe.augmentation, loader, dataStages(config));
      return withInitialImages(images, config);
    },
    createEngine: (images) => createNetworkEngine(config, images),
    library: tensorFlowLibrary(runtimeOptions(config)),
    describeEnvironment,
    reporter: progress ? createReporter(progress.stream, progress.format) : silent,
  });
}

const ignore = (): void => undefined;

const silent: Reporter = {
  everySeconds: 3600,
  progress: ignore,
  enter: ignore,
  evaluated: ignore,
  note: ignore,
  finished: ignore,
  close: ignore,
};
