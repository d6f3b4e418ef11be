import type { Argv, CommandModule } from 'yargs';
import { dataCommand } from './data.ts';
import { cancelCommand } from './cancel.ts';
import { compareCommand } from './compare.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { flopsCommand } from './flops.ts';
import { reportCommand } from './report.ts';
import { statusCommand } from './status.ts';
import { sweepCommand } from './sweep.ts';
import { sweepRunCommand } from './sweep-run.ts';
import { trendCommand } from './trend.ts';
import { trainCommand } from './train.ts';
import { validateCommand } from './validate.ts';

/** Every command, in the order of the help: one line each. */
// prettier-ignore
const commands = [
  doctorCommand,
  dataCommand,
  flopsCommand,
  sweepCommand,
  statusCommand,
  cancelCommand,
  sweepRunCommand,
  trendCommand,
  trainCommand,
  reportCommand,
  compareCommand,
  exportCommand,
  validateCommand,
] as const;

export const addCommands = (cli: Argv): Argv =>
  commands.reduce((chain, command) => chain.command(command as CommandModule), cli);
