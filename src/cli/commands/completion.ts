import type { Argv } from 'yargs';
import type { Command } from '../command.ts';

interface WithCompletionScript {
  showCompletionScript(program: string, command: string): void;
}

/** @param cli the whole command line, which the script is for. */
export const completionCommand = (cli: Argv): Command<object> => ({
  command: 'completion',
  describe: 'print a shell completion script (bash, zsh)',
  examples: [
    ['completion >> ~/.bashrc', 'for bash, from the next shell on'],
    ['completion >> ~/.zshrc', 'for zsh'],
  ],
  builder: (own) => own,
  handler: () => {
    // yargs's types omit the arguments.
    (cli as unknown as WithCompletionScript).showCompletionScript('doubletime', 'completion');
  },
});
