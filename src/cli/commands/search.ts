import type { Command } from '../command.ts';
import { pathArgument } from '../options/path-argument.ts';

interface Options {
  file: string;
  over: 'epochs' | undefined;
  dir: string;
  results: string | undefined;
  set: string[];
  shortest: number | undefined;
  precision: number | undefined;
  trials: number | undefined;
  budget: number | undefined;
  seed: number | undefined;
  executor: string | undefined;
  workers: number | undefined;
}

/** A seed that no sweep is likely to use for its own runs. */
const DEFAULT_SEED = 1_000_000;

/** Refuses options that this kind of search would ignore. @throws UserError exit code 64. */
async function refuseOptions(args: Options, names: readonly (keyof Options)[], why: string): Promise<void> {
  const { ExitCode, UserError } = await import('../../base/errors.ts');
  const ignored = names.find((name) => args[name] !== undefined);
  if (ignored !== undefined) throw new UserError(`--${ignored} ${why}`, ExitCode.usage);
}

async function needsCifar10({ file, over, set }: Options): Promise<boolean> {
  const { runNeedsCifar10, sweepNeedsCifar10 } = await import('../with-set-up.ts');
  if (over !== undefined) return runNeedsCifar10({ run: file, set });
  const { findSearchFile, isRunFile } = await import('../search/searched-file.ts');
  const { openYaml } = await import('../../config/yaml/yaml.ts');
  const path = findSearchFile(file);
  return isRunFile(openYaml(path)) ? runNeedsCifar10({ run: path, set }) : sweepNeedsCifar10({ file: path });
}

/** `doubletime search SWEEP.yaml --dir DIR`, `doubletime search RUN.yaml --over epochs --dir DIR` */
export const searchCommand: Command<Options> = {
  command: 'search <file>',
  describe: 'find the settings with which each network reaches its level with the least compute',
  examples: [
    ['search my-sweep.yaml --dir runs/search', 'try the values under tune for every network'],
    ['search my-run.yaml --over epochs --dir runs/search', 'find the shortest schedule of one run'],
  ],
  needsSetUp: needsCifar10,
  builder: async (cli) => {
    const { defaultExecutor, executors } = await import('../../sweep/executors/index.ts');
    return cli
      .positional('file', {
        ...pathArgument,
        demandOption: true,
        describe: 'the YAML file of a sweep or a run, or the name of a shipped config',
      })
      .option('dir', {
        ...pathArgument,
        demandOption: true,
        describe: 'folder for the trials; each trial is a separate run',
      })
      .option('results', {
        ...pathArgument,
        describe: "folder for the measurements of all trials; default: results in the search's folder",
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'change one value of every config, such as --set data.trainExamples=5000; may be repeated',
      })
      .option('trials', {
        type: 'number',
        describe: 'trials per network; default: every combination under tune, or 12 with a range',
      })
      .option('budget', {
        type: 'number',
        describe: 'largest number of epochs that all trials of one network may train together; it limits the trials',
      })
      .option('seed', {
        type: 'number',
        describe: `seed of all trials; must differ from the sweep's own seeds; default: ${DEFAULT_SEED}`,
      })
      .option('workers', { type: 'number', describe: 'number of trials at the same time, as for sweep' })
      .option('executor', {
        choices: Object.keys(executors),
        describe: `what carries out the trials; default: ${defaultExecutor}`,
      })
      .option('over', {
        choices: ['epochs'] as const,
        describe: 'for a single run: only shorten its schedule, by bisection',
      })
      .option('shortest', {
        type: 'number',
        describe: 'with --over: a number of epochs that is too small to reach the level; default: 1',
      })
      .option('precision', {
        type: 'number',
        describe: 'with --over: stop when the shortest schedule is known to this relative precision; default: 0.1',
      });
  },
  handler: async (args) => {
    if (args.over !== undefined) {
      const others = ['results', 'trials', 'budget', 'seed', 'workers', 'executor'] as const;
      await refuseOptions(args, others, 'is for a search without --over: remove one of them');
      const { searchSchedule } = await import('../search/epochs.ts');
      const { file: run, over, dir, set, shortest = 1, precision = 0.1 } = args;
      await searchSchedule({ run, over, dir, set, shortest, precision });
      return;
    }
    await refuseOptions(args, ['shortest', 'precision'], 'needs --over epochs: add it or remove the option');
    const { defaultExecutor } = await import('../../sweep/executors/index.ts');
    const { searchSettings } = await import('../search/settings.ts');
    const { seed = DEFAULT_SEED, executor = defaultExecutor } = args;
    await searchSettings({ ...args, seed, executor });
  },
};
