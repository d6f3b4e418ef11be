import type { Argv } from 'yargs';
import { shippedConfigs } from '../config/shipped.ts';

/** The kind of shipped config that the first argument of a command may name. */
const kinds: Readonly<Record<string, 'runs' | 'sweeps'>> = {
  train: 'runs',
  search: 'runs',
  plan: 'sweeps',
  sweep: 'sweeps',
};

type Done = (completions: string[]) => void;
type Filter = (done?: (error: Error | null, completions: string[] | undefined) => void) => void;

/** Completes the names of shipped configs where a command takes one, and yargs's commands and options everywhere. */
function complete(word: string, args: { _: (string | number)[] }, filter: Filter, done: Done): void {
  const [, command, ...rest] = args._.map(String);
  const kind = kinds[command ?? ''];
  const first = rest.length <= 1 && !word.startsWith('-');
  const names = kind !== undefined && first ? shippedConfigs(kind) : [];
  filter((_error, usual = []) => {
    done([...names.filter((name) => name.startsWith(word)), ...usual]);
  });
}

/** Lets yargs answer completion requests. Its own command stays hidden because it prints its script even for `--help`. */
export const addCompletion = (cli: Argv): Argv => cli.completion('completion-script', false, complete as never);
