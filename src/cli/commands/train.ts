import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CommandModule } from 'yargs';
import { configError } from '../../base/errors.ts';

export interface TrainArguments {
  run: string;
  dir: string;
  set: string[];
  log: 'text' | 'json';
  extend: boolean;
}

/** `doubletime train RUN.yaml --dir DIR` */
export const trainCommand: CommandModule<object, TrainArguments> = {
  command: 'train <run>',
  describe: 'start a run, or go on with it where it stopped',
  builder: (cli) =>
    cli
      .positional('run', { type: 'string', demandOption: true, describe: "the run's YAML file" })
      .option('dir', {
        type: 'string',
        demandOption: true,
        describe: 'folder of the run: made anew, or gone on with',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'change one value of the config, as in --set recipe.epochs=3',
      })
      .option('log', {
        choices: ['text', 'json'] as const,
        default: 'text' as const,
        describe: 'what is written to the standard output',
      })
      .option('extend', {
        type: 'boolean',
        default: false,
        describe: 'go on with a finished run whose config was lengthened',
      }),
  handler: async ({ run, dir, set, log, extend }) => {
    const { loadRun } = await import('../../config/load.ts');
    const { readYamlText } = await import('../../config/yaml.ts');
    const yaml = readYamlText(run);
    const config = loadRun(run, set, yaml);
    const { findNetwork } = await import('../../../models/registry.ts');
    const { name, published } = findNetwork(config.network.name);
    const { train } = await import('../../train/run.ts');
    const { createReporter } = await import('../../train/reporter.ts');
    const { createNetworkEngine } = await import('../../train/network.ts');
    const { tensorFlowLibrary } = await import('../../runtime/tensorflow.ts');
    const { describeEnvironment } = await import('../../train/environment.ts');
    const { openPictures } = await import('../../data/open.ts');
    const { workersFault } = await import('../../data/workers.ts');
    const { workers = availableParallelism(), prefetchBatches } = config.execution;
    const fault = workersFault(workers);
    if (fault !== undefined && config.execution.workers !== undefined)
      throw configError(`execution.workers is ${workers}, ${fault}: lower it or leave it out`);
    // A signal that came while all this was loaded is heard now, before anything is touched (src/cli/doubletime.mjs).
    await nextTurn();
    await train({
      config,
      yaml,
      folder: dir,
      extend,
      network: { name, published },
      openPictures: () =>
        openPictures(config.data, config.recipe.augmentation, { workers, prefetchBatches }),
      createEngine: (pictures) => createNetworkEngine(config, pictures),
      library: tensorFlowLibrary,
      describeEnvironment,
      reporter: createReporter(process.stdout, log),
    });
  },
};
