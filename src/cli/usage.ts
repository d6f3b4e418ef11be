import type { Argv } from 'yargs';
import { nearest } from '../base/text/nearest.ts';
import { runSchema } from '../config/run.ts';
import { optionFlag } from './options/option-flag.ts';

/** Methods of yargs that its types omit. */
interface YargsInternals {
  getOptions(): { readonly key: Readonly<Record<string, unknown>> };
  getInternalMethods(): {
    getCommandInstance: () => { getCommands(): string[] };
    getContext: () => { readonly commands: readonly string[] };
  };
}

/** The dotted keys of a run config, such as `seed` and `recipe.epochs`. */
function configKeys(): string[] {
  const { recipe, ...rest } = runSchema.shape;
  const inRecipe = Object.keys(recipe.shape).map((key) => `recipe.${key}`);
  return [...Object.keys(rest), ...inRecipe];
}

/** Suggests `--set recipe.epochs=...` for `--epochs`, which is a key of the config and not an option. */
function suggestSetting(word: string): string | undefined {
  const keys = new Map(configKeys().map((key) => [key.split('.').at(-1)!, key]));
  const [best] = nearest(word, keys.keys(), 1);
  return best === undefined ? undefined : `did you mean --set ${keys.get(best)!}=...?`;
}

function explainOption(word: string, known: readonly string[]): string {
  const [best] = nearest(word, known, 1);
  if (best !== undefined) return `did you mean ${optionFlag(best)}?`;
  const setting = known.includes('set') ? suggestSetting(word) : undefined;
  if (setting !== undefined) return setting;
  return known.length === 0 ? 'this command has no options' : `the options are ${known.map(optionFlag).join(', ')}`;
}

/** Long options on the command line, without their values. */
const typedOptions = (): string[] => process.argv.flatMap((text) => /^--(?:no-)?([^=]+)/.exec(text)?.[1] ?? []);

const normalize = (name: string): string => name.replaceAll('-', '').toLowerCase();

/** The names of positional arguments: `run` in `train <run>`, `paths` in `trend [paths..]`. */
export const positionals = (usage: string): string[] => [...usage.matchAll(/[<[](\w+)/g)].map(([, name]) => name!);

/** The options of the command, without positional arguments, `--help` and `--version`. */
function knownOptions(internals: YargsInternals, usage: string): string[] {
  const hidden = ['help', 'version', ...positionals(usage)];
  const keys = Object.keys(internals.getOptions().key);
  return keys.filter((key) => !key.includes('-') && !hidden.includes(key));
}

/** The name of an argument for messages: a flag if it was typed as an option, otherwise the name of the positional argument. */
const argumentName = (name: string): string =>
  typedOptions().map(normalize).includes(normalize(name)) ? optionFlag(name) : name;

/** Replaces a message of yargs by one with the value, what was expected and how to fix it. Returns other messages unchanged. */
export function translateUsage(message: string): string {
  const missing = /^Missing required arguments?: (.*)$/.exec(message)?.[1]?.split(', ').map(optionFlag);
  if (missing)
    return `${missing.join(' and ')} ${missing.length === 1 ? 'is missing: add it' : 'are missing: add them'}`;
  const withoutValue = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (withoutValue !== undefined) return `${optionFlag(withoutValue)} has no value: add one`;
  const [, first, second] = /^Arguments (\S+) and (\S+) are mutually exclusive$/.exec(message) ?? [];
  if (first !== undefined && second !== undefined)
    return `${optionFlag(first)} and ${optionFlag(second)} are both given: remove one of them`;
  const [, name, value, choices] = /^Invalid values: Argument: (\S+), Given: (.*), Choices: (.*)$/.exec(message) ?? [];
  if (name !== undefined && value !== undefined && choices !== undefined)
    return `${argumentName(name)} is ${value}, expected one of: ${choices.replaceAll('"', '')}`;
  return message;
}

/**
 * Converts a usage error of yargs to one line that suggests the nearest command or option. A mistyped option is reported first,
 * because it may be the option that yargs reports as missing.
 * @param cli the yargs instance, positioned at the command that it was parsing.
 * @param usages the usage of each top-level command by name, such as `train <run>`.
 */
export function explainUsage(message: string, cli: Argv, usages: ReadonlyMap<string, string>): string {
  const internals = cli as unknown as YargsInternals;
  const { getCommandInstance, getContext } = internals.getInternalMethods();
  const path = getContext().commands;
  const help = `see ${['doubletime', ...path, '--help'].join(' ')}`;
  const usage = usages.get(path[0] ?? '') ?? '';
  const options = knownOptions(internals, usage);
  const allowed = new Set([...options, 'help', 'version', ...positionals(usage)].map(normalize));
  const mistyped = typedOptions().find((name) => !allowed.has(normalize(name)));
  if (path.length > 0 && mistyped !== undefined)
    return `unknown option --${mistyped}; ${explainOption(mistyped, options)}; ${help}`;
  const commands = getCommandInstance().getCommands();
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown !== undefined && commands.length > 0) return unknownCommand(unknown.split(',')[0]!, commands, help);
  if (unknown !== undefined) return `unexpected argument "${unknown.split(',')[0]!}"; ${help}`;
  if (message.startsWith('Not enough non-option arguments') && usage !== '')
    return `expected: doubletime ${usage}; ${help}`;
  return message.includes('--help') ? message : `${translateUsage(message)}; ${help}`;
}

/** The message for an unknown command, with the nearest known command. */
export function unknownCommand(word: string, known: readonly string[], help = 'see doubletime --help'): string {
  const [best] = nearest(word, known, 1);
  const hint = best === undefined ? `the commands are ${known.join(', ')}` : `did you mean ${best}?`;
  return `unknown command "${word}"; ${hint}; ${help}`;
}
