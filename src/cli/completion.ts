import type { Argv } from 'yargs';
import { shippedConfigs } from '../config/shipped.ts';

/** Which shipped configs the first argument of a command may name. */
const kinds: Readonly<Record<string, 'runs' | 'sweeps'>> = {
  train: 'runs',
  search: 'runs',
  plan: 'sweeps',
  sweep: 'sweeps',
};

type Done = (completions: string[]) => void;
type Filter = (done?: (error: Error | null, completions: string[] | undefined) => void) => void;

/** What the shell may complete: shipped configs where a command takes one, and yargs's own commands and options. */
function complete(word: string, args: { _: (string | number)[] }, filter: Filter, done: Done): void {
  const [, command, ...rest] = args._.map(String);
  const kind = kinds[command ?? ''];
  const first = rest.length <= 1 && !word.startsWith('-');
  const names = kind !== undefined && first ? shippedConfigs(kind) : [];
  filter((_error, usual = []) => {
    done([...names.filter((name) => name.startsWith(word)), ...usual]);
  });
}

/** Answers the shell's questions. yargs's own command is hidden: it would print its script even for `--help`. */
export const addCompletion = (cli: Argv): Argv => cli.completion('completion-script', false, complete as never);
