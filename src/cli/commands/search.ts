import type { SearchArguments } from '../search.ts';
import type { Command } from '../command.ts';
import { runNeedsCifar10 } from '../with-set-up.ts';

/** `doubletime search RUN.yaml --over epochs --dir DIR` */
export const searchCommand: Command<SearchArguments> = {
  command: 'search <run>',
  describe: 'find the least compute to the level by shortening the schedule',
  examples: [
    ['search my-run.yaml --over epochs --dir runs/search', 'the shortest schedule that reaches the level'],
    ['search my-run.yaml --over epochs --dir runs/search --shortest 5 --precision 0.05', 'more exactly'],
  ],
  needsSetUp: runNeedsCifar10,
  builder: (cli) =>
    cli
      .positional('run', {
        type: 'string',
        demandOption: true,
        describe: "the run's YAML file, or the name of a shipped one",
      })
      .option('over', {
        choices: ['epochs'] as const,
        demandOption: true,
        describe: 'what is shortened',
      })
      .option('dir', {
        type: 'string',
        demandOption: true,
        describe: 'folder of the tries, each a run of its own',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'change one value of the config, as in --set seed=3',
      })
      .option('shortest', {
        type: 'number',
        default: 1,
        describe: 'epochs that are surely too few',
      })
      .option('precision', {
        type: 'number',
        default: 0.1,
        describe: 'end when the shortest schedule is known this well, as a part of 1',
      }),
  handler: async (args) => {
    const { runSearch } = await import('../search.ts');
    await runSearch(args);
  },
};
