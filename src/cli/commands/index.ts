import type { Argv, CommandModule } from 'yargs';
import { dataCommand } from './data.ts';
import { doctorCommand } from './doctor.ts';
import { flopsCommand } from './flops.ts';

/** Every command, in the order of the help: one line each. */
// prettier-ignore
const commands = [
  doctorCommand,
  dataCommand,
  flopsCommand,
] as const;
import { trendCommand } from './trend.ts';

/** Every command, in the order of the help: one line each. */
const commands = [dataCommand, doctorCommand, trendCommand] as const;

export const addCommands = (cli: Argv): Argv =>
  commands.reduce((chain, command) => chain.command(command as CommandModule), cli);
