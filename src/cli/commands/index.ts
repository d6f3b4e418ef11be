import type { Argv } from 'yargs';
import { addCommand, type Command } from '../command.ts';
import { completionCommand } from './completion.ts';

/** Every command, in the order of the help: one line each. A file exports its command and nothing else. */
const modules: readonly object[] = await Promise.all([
  import('./setup.ts'),
  import('./doctor.ts'),
  import('./data.ts'),
  import('./models.ts'),
  import('./flops.ts'),
  import('./weights.ts'),
  import('./evaluate.ts'),
  import('./plan.ts'),
  import('./sweep.ts'),
  import('./status.ts'),
  import('./cancel.ts'),
  import('./sweep-check.ts'),
  import('./sweep-run.ts'),
  import('./time-run.ts'),
  import('./trend.ts'),
  import('./train.ts'),
  import('./search.ts'),
  import('./report.ts'),
  import('./compare.ts'),
  import('./export.ts'),
  import('./validate.ts'),
]);

const commands = modules.flatMap((module) => Object.values(module) as Command<unknown>[]);

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
  [...commands, completionCommand(cli) as Command<unknown>].reduce(addCommand, cli);
