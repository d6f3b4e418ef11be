import type { Argv, CommandModule } from 'yargs';
import { dataCommand } from './data.ts';
import { cancelCommand } from './cancel.ts';
import { compareCommand } from './compare.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { flopsCommand } from './flops.ts';
import { planCommand } from './plan.ts';
import { reportCommand } from './report.ts';
import { modelsCommand } from './models.ts';
import { statusCommand } from './status.ts';
import { sweepCommand } from './sweep.ts';
import { sweepCheckCommand } from './sweep-check.ts';
import { sweepRunCommand } from './sweep-run.ts';
import { trendCommand } from './trend.ts';
import { searchCommand } from './search.ts';
import { trainCommand } from './train.ts';
import { validateCommand } from './validate.ts';
import { weightsCommand } from './weights.ts';

/** Every command, in the order of the help: one line each. */
// prettier-ignore
const commands = [
  doctorCommand,
  dataCommand,
  modelsCommand,
  flopsCommand,
  weightsCommand,
  planCommand,
  sweepCommand,
  statusCommand,
  cancelCommand,
  sweepCheckCommand,
  sweepRunCommand,
  trendCommand,
  trainCommand,
  searchCommand,
  reportCommand,
  compareCommand,
  exportCommand,
  validateCommand,
] as const;

export const addCommands = (cli: Argv): Argv =>
  commands.reduce((chain, command) => chain.command(command as CommandModule), cli);
