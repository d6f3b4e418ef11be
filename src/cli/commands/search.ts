import type { SearchArguments } from '../search.ts';
import type { Command } from '../command.ts';
import { runNeedsCifar10 } from '../with-set-up.ts';

/** `doubletime search RUN.yaml --over epochs --dir DIR` */
export const searchCommand: Command<SearchArguments> = {
  command: 'search <run>',
  describe: 'find the shortest schedule that still reaches the level, and so the least compute',
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
        describe: "the run's YAML file, or the name of a shipped config",
      })
      .option('over', {
        choices: ['epochs'] as const,
        demandOption: true,
        describe: 'the value to shorten',
      })
      .option('dir', {
        type: 'string',
        demandOption: true,
        describe: 'folder for the trials; each trial is a separate run',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'change one value of the config, such as --set seed=3; may be repeated',
      })
      .option('shortest', {
        type: 'number',
        default: 1,
        describe: 'a number of epochs that is too small to reach the level',
      })
      .option('precision', {
        type: 'number',
        default: 0.1,
        describe: 'stop when the shortest schedule is known to this relative precision; 0.1 is 10 %',
      }),
  handler: async (args) => {
    const { runSearch } = await import('../search.ts');
    await runSearch(args);
  },
};
