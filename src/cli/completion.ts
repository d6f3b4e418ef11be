import type { Argv } from 'yargs';
import { shippedConfigs } from '../config/shipped.ts';

/** The kind of shipped config that the first argument of each command may name. */
const configKinds: Readonly<Record<string, 'runs' | 'sweeps'>> = {
  train: 'runs',
  search: 'runs',
  plan: 'sweeps',
  sweep: 'sweeps',
};

type Done = (completions: string[]) => void;
type Filter = (done?: (error: Error | null, completions: string[] | undefined) => void) => void;

/** Adds the names of shipped configs to yargs's completions, where a command takes such a name. */
function complete(word: string, args: { _: (string | number)[] }, filter: Filter, done: Done): void {
  const [, command, ...rest] = args._.map(String);
  const kind = configKinds[command ?? ''];
  const isFirst = rest.length <= 1 && !word.startsWith('-');
  const names = kind !== undefined && isFirst ? shippedConfigs(kind) : [];
  filter((_error, yargsCompletions = []) => {
    done([...names.filter((name) => name.startsWith(word)), ...yargsCompletions]);
  });
}

/** Lets yargs answer completion requests. Its own command stays hidden because it prints its script even for `--help`. */
export const addCompletion = (cli: Argv): Argv => cli.completion('completion-script', false, complete as never);
