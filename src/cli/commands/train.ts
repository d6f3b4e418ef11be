import type { Command } from '../command.ts';
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
  describe: 'start a run, or go on with it where it stopped',
  examples: [
    ['train cifar10-resnet18 --dir runs/resnet18', 'a shipped config; the same command resumes it'],
    ['train my-run.yaml --dir runs/mine --set recipe.epochs=3', 'a file of your own, with one change'],
  ],
  needsSetUp: runNeedsCifar10,
  builder: (cli) =>
    cli
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: "the run's YAML file, or the name of a shipped one",
      })
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
    const { train } = await import('../../api/train.ts');
    await train({ run, dir, set, extend, progress: { stream: process.stdout, format: log } });
  },
};
