import type { Argv, CommandModule } from 'yargs';

/** A command whose options yargs has typed; only its own file knows them. */
type AnyCommand = CommandModule<object, never>;

/** Every command, in the order of the help: one line each. */
const commands: readonly AnyCommand[] = [];

export const addCommands = (cli: Argv): Argv =>
  commands.reduce((chain, command) => chain.command(command as CommandModule), cli);
