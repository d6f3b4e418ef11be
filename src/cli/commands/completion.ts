import type { Argv } from 'yargs';
import type { Command } from '../command.ts';

/** A method of yargs with the arguments that its types omit. */
interface WithCompletionScript {
  showCompletionScript(program: string, command: string): void;
}

/** @param cli the complete command line: the script completes its commands and options. */
export const completionCommand = (cli: Argv): Command<object> => ({
  command: 'completion',
  describe: 'print a shell completion script (bash, zsh)',
  examples: [
    ['completion >> ~/.bashrc', 'for bash, from the next shell on'],
    ['completion >> ~/.zshrc', 'for zsh'],
  ],
  builder: (own) => own,
  handler: () => {
    (cli as unknown as WithCompletionScript).showCompletionScript('doubletime', 'completion');
  },
});
