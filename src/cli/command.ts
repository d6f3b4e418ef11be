import type { Argv, CommandModule } from 'yargs';
import { type NeedsCifar10, withSetUp } from './with-set-up.ts';

/** What to type after `doubletime`, and what the command does. */
type Example = readonly [line: string, meaning: string];

/** A command, as a file in commands/ exports it. */
export interface Command<Arguments> extends CommandModule<object, Arguments> {
  /** Shown in its help and in docs/cli.md. A hidden command and a group of commands have none. */
  readonly examples?: readonly [Example, Example];
  /** Whether it needs TensorFlow: `true`, or a function that also tells whether it needs CIFAR-10. */
  readonly needsSetUp?: true | NeedsCifar10<Arguments>;
}

const lineOf = (line: string): string =>
  line.includes('doubletime') && line.startsWith('DOUBLETIME') ? line : `$0 ${line}`;

export const addExamples = <T>(cli: Argv<T>, examples: readonly Example[]): Argv<T> =>
  examples.reduce((chain, [line, meaning]) => chain.example(lineOf(line), meaning), cli);

/** Adds a command to the command line, with its examples and with set-up if it needs TensorFlow. */
export function addCommand<Arguments>(cli: Argv, command: Command<Arguments>): Argv {
  const { examples = [], needsSetUp, ...own } = command;
  const ready = needsSetUp === undefined ? own : withSetUp(own, needsSetUp === true ? undefined : needsSetUp);
  const { builder } = ready as CommandModule;
  if (typeof builder !== 'function') return cli.command(ready as CommandModule);
  return cli.command({
    ...(ready as CommandModule),
    builder: async (inner: Argv) => addExamples(await builder(inner), examples),
  });
}
