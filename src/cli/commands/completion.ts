import type { Argv, CommandModule } from 'yargs';

interface WithCompletionScript {
  showCompletionScript(program: string, command: string): void;
}

/** @param cli the yargs instance of all commands; the script completes its commands. */
export const completionCommand = (cli: Argv): CommandModule => ({
  command: 'completion',
  describe: 'print a shell completion script (bash, zsh)',
  builder: (command) => command,
  handler: () => {
    // yargs's types omit the arguments.
    (cli as unknown as WithCompletionScript).showCompletionScript('doubletime', 'completion');
  },
});
