import type { Argv } from 'yargs';
import { nearest } from '../base/nearest.ts';
import { runSchema } from '../config/run.ts';

/** What yargs knows of a command but does not have in its types. */
interface Internals {
  getOptions(): { readonly key: Readonly<Record<string, unknown>> };
  getInternalMethods(): {
    getCommandInstance: () => { getCommands(): string[] };
    getContext: () => { readonly commands: readonly string[] };
  };
}

/** `trainExamples` as it is typed: `--train-examples`. */
const flag = (name: string): string => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Keys of a run's config that hold a value: `seed`, `recipe.epochs`. */
function configKeys(): string[] {
  const { recipe, ...rest } = runSchema.shape;
  const inRecipe = Object.keys(recipe.shape).map((key) => `recipe.${key}`);
  return [...Object.keys(rest), ...inRecipe];
}

/** Values of the config are no options of their own: `--epochs 3` is `--set recipe.epochs=3`. */
function settingLike(word: string): string | undefined {
  const keys = new Map(configKeys().map((key) => [key.split('.').at(-1)!, key]));
  const [best] = nearest(word, keys.keys(), 1);
  return best === undefined ? undefined : `did you mean --set ${keys.get(best)!}=...?`;
}

function explainOption(word: string, known: readonly string[]): string {
  const [best] = nearest(word, known, 1);
  if (best !== undefined) return `did you mean ${flag(best)}?`;
  const setting = known.includes('set') ? settingLike(word) : undefined;
  if (setting !== undefined) return setting;
  return known.length === 0 ? 'it takes no options' : `the options are ${known.map(flag).join(', ')}`;
}

/** Long options on the command line, without their values. */
const typedOptions = (): string[] => process.argv.flatMap((text) => /^--(?:no-)?([^=]+)/.exec(text)?.[1] ?? []);

const plain = (name: string): string => name.replaceAll('-', '').toLowerCase();

/** `run` of `train <run>`, `paths` of `trend [paths..]`. */
const positionals = (usage: string): string[] => [...usage.matchAll(/[<[](\w+)/g)].map(([, name]) => name!);

/** Which options the command takes, as far as a person may type them. */
function knownOptions(internals: Internals, usage: string): string[] {
  const hidden = ['help', 'version', ...positionals(usage)];
  const keys = Object.keys(internals.getOptions().key);
  return keys.filter((key) => !key.includes('-') && !hidden.includes(key));
}

/**
 * yargs's complaint in one line, with the command or option that a mistyped one is nearest to. A mistyped option comes
 * first: it may be the very one that is missing.
 * @param cli yargs, which is now at the command that was being read.
 * @param usages of the top commands by name: `train <run>`.
 */
export function explainUsage(message: string, cli: Argv, usages: ReadonlyMap<string, string>): string {
  const internals = cli as unknown as Internals;
  const { getCommandInstance, getContext } = internals.getInternalMethods();
  const path = getContext().commands;
  const help = `see ${['doubletime', ...path, '--help'].join(' ')}`;
  const usage = usages.get(path[0] ?? '') ?? '';
  const options = knownOptions(internals, usage);
  const taken = new Set([...options, 'help', 'version', ...positionals(usage)].map(plain));
  const mistyped = typedOptions().find((name) => !taken.has(plain(name)));
  if (path.length > 0 && mistyped !== undefined)
    return `no option --${mistyped}; ${explainOption(mistyped, options)}; ${help}`;
  const commands = getCommandInstance().getCommands();
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown !== undefined && commands.length > 0) return unknownCommand(unknown.split(',')[0]!, commands, help);
  if (unknown !== undefined) return `unexpected argument "${unknown.split(',')[0]!}"; ${help}`;
  if (message.startsWith('Not enough non-option arguments') && usage !== '')
    return `expected: doubletime ${usage}; ${help}`;
  return message.includes('--help') ? message : `${message}; ${help}`;
}

/** What to say of a command that there is none of. */
export function unknownCommand(word: string, known: readonly string[], help = 'see doubletime --help'): string {
  const [best] = nearest(word, known, 1);
  const hint = best === undefined ? `the commands are ${known.join(', ')}` : `did you mean ${best}?`;
  return `no command "${word}"; ${hint}; ${help}`;
}
