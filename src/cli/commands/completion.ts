import type { Argv } from 'yargs';
import type { Command } from '../command.ts';

interface Completing {
  showCompletionScript(program: string, command: string): void;
}

/** @param cli the whole command line, which the script is for. */
export const completionCommand = (cli: Argv): Command<object> => ({
  command: 'completion',
  describe: 'print a script for completion by the shell (bash, zsh)',
  examples: [
    ['completion >> ~/.bashrc', 'for bash, from the next shell on'],
    ['completion >> ~/.zshrc', 'for zsh'],
  ],
  builder: (own) => own,
  handler: () => {
    // Its arguments are not in yargs's types.
    (cli as unknown as Completing).showCompletionScript('doubletime', 'completion');
  },
});
