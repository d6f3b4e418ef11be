import type { Argv, CommandModule } from 'yargs';

interface Completing {
  showCompletionScript(program: string, command: string): void;
}

/** @param cli the whole command line, which the script is for. */
export const completionCommand = (cli: Argv): CommandModule => ({
  command: 'completion',
  describe: 'print a script for completion by the shell (bash, zsh)',
  builder: (own) => own,
  handler: () => {
    // Its arguments are not in yargs's types.
    (cli as unknown as Completing).showCompletionScript('doubletime', 'completion');
  },
});
