import type { Argv, CommandModule } from 'yargs';
import { doctorCommand } from './doctor.ts';
import { dataCommand } from './data.ts';

/** Every command, in the order of the help: one line each. */
const commands = [dataCommand, doctorCommand] as const;

export const addCommands = (cli: Argv): Argv =>
  commands.reduce((chain, command) => chain.command(command as CommandModule), cli);
