import type { Argv, CommandModule } from 'yargs';
import { type NeedsCifar10, withSetUp } from './with-set-up.ts';

/** What to type after `doubletime`, and what the command does. */
type Example = readonly [line: string, meaning: string];

/** A command, as a file in commands/ exports it. */
export interface Command<Arguments> extends CommandModule<object, Arguments> {
  /** Shown in the command's help and in docs/cli.md. Hidden commands and groups of commands have none. */
  readonly examples?: readonly [Example, Example];
  /** Set for a command that needs TensorFlow: `true`, or a function that returns whether it also needs CIFAR-10. */
  readonly needsSetUp?: true | NeedsCifar10<Arguments>;
}

/** The whole line of an example. A line that starts with an environment variable already contains `doubletime`. */
const exampleLine = (line: string): string => (line.startsWith('DOUBLETIME') ? line : `$0 ${line}`);

const addExamples = <T>(cli: Argv<T>, examples: readonly Example[]): Argv<T> =>
  examples.reduce((chain, [line, meaning]) => chain.example(exampleLine(line), meaning), cli);

/** Adds a command and its examples to the command line. A command that needs TensorFlow also gets set-up. */
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
