import type { Command } from '../command.ts';
import { pathArgument } from '../options/path-argument.ts';
import { runNeedsCifar10 } from '../with-set-up.ts';

export interface TrainArguments {
  run: string;
  dir: string;
  set: string[];
  log: 'text' | 'json';
  extend: boolean;
}

/** `doubletime train RUN.yaml --dir DIR` */
export const trainCommand: Command<TrainArguments> = {
  command: 'train <run>',
  describe: 'start a run, or resume it from its last checkpoint',
  examples: [
    ['train cifar10-resnet18 --dir runs/resnet18', 'a shipped config; the same command resumes it'],
    ['train my-run.yaml --dir runs/mine --set recipe.epochs=3', 'your own file, with one changed value'],
  ],
  needsSetUp: runNeedsCifar10,
  builder: (cli) =>
    cli
      .positional('run', {
        ...pathArgument,
        demandOption: true,
        describe: "the run's YAML file, or the name of a shipped config",
      })
      .option('dir', {
        ...pathArgument,
        demandOption: true,
        describe: "the run's folder; if it contains a run, that run is resumed",
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'change one value of the config, such as --set recipe.epochs=3; may be repeated',
      })
      .option('log', {
        choices: ['text', 'json'] as const,
        default: 'text' as const,
        describe: 'format of the progress on the standard output',
      })
      .option('extend', {
        type: 'boolean',
        default: false,
        describe: 'resume a finished run after its config was extended, such as to more epochs',
      }),
  handler: async ({ run, dir, set, log, extend }) => {
    const { train } = await import('../../api/train.ts');
    await train({ run, dir, set, extend, progress: { stream: process.stdout, format: log } });
  },
};
