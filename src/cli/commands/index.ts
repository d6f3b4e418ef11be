import type { Argv, CommandModule } from 'yargs';
import { withExamples } from '../examples.ts';
import { runNeedsCifar10, sweepNeedsCifar10, withSetUp } from '../with-set-up.ts';
import { dataCommand } from './data.ts';
import { cancelCommand } from './cancel.ts';
import { completionCommand } from './completion.ts';
import { compareCommand } from './compare.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { flopsCommand } from './flops.ts';
import { planCommand } from './plan.ts';
import { reportCommand } from './report.ts';
import { modelsCommand } from './models.ts';
import { statusCommand } from './status.ts';
import { sweepCommand } from './sweep.ts';
import { setupCommand } from './setup.ts';
import { sweepCheckCommand } from './sweep-check.ts';
import { sweepRunCommand } from './sweep-run.ts';
import { trendCommand } from './trend.ts';
import { searchCommand } from './search.ts';
import { trainCommand } from './train.ts';
import { validateCommand } from './validate.ts';
import { weightsCommand } from './weights.ts';

/** All commands, in the order of the help. */
const commands = [
  setupCommand,
  withSetUp(doctorCommand),
  dataCommand,
  withSetUp(modelsCommand),
  withSetUp(flopsCommand),
  weightsCommand,
  withSetUp(planCommand),
  withSetUp(sweepCommand, sweepNeedsCifar10),
  statusCommand,
  cancelCommand,
  sweepCheckCommand,
  sweepRunCommand,
  trendCommand,
  withSetUp(trainCommand, runNeedsCifar10),
  withSetUp(searchCommand, runNeedsCifar10),
  reportCommand,
  compareCommand,
  exportCommand,
  validateCommand,
] as readonly CommandModule[];

const commandName = (usage: string): string => usage.split(' ')[0]!;

/** The usage of each command by its name, such as `train <run>`; includes hidden commands. */
export const commandUsages: ReadonlyMap<string, string> = new Map(
  [...commands.map(({ command }) => String(command)), 'completion'].map((usage) => [commandName(usage), usage]),
);

/** The names of all commands that are not hidden, in the order of the help. */
export const commandNames: readonly string[] = [
  ...commands.flatMap(({ command, describe }) => (describe === false ? [] : commandName(String(command)))),
  'completion',
];

export const addCommands = (cli: Argv): Argv =>
  [...commands, completionCommand(cli)].reduce((chain, command) => chain.command(withExamples(command)), cli);
