import type { Argv, Options as CliOption } from 'yargs';
import { z } from 'zod';
import { type GivenOptions, optionDefinitions, type OptionName, optionNames } from '../../models/options.ts';
import { ExitCode, UserError } from '../base/errors.ts';

/** Options of networks on the command line, as in a run's `network`. */
export type NetworkArguments = { [Name in OptionName]: GivenOptions[Name] };

/** How yargs reads an option; its value is checked by the network. */
function cliOption(name: OptionName): CliOption {
  const { schema, description: describe } = optionDefinitions[name];
  if (schema instanceof z.ZodEnum) return { choices: schema.options, describe };
  if (!(schema instanceof z.ZodBoolean)) return { type: 'number', describe };
  const negated = `--no-${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return { type: 'boolean', describe: `${describe} (${negated}: without)` };
}

/** Adds the networks' options to a command. */
export const networkOptions = <Arguments>(cli: Argv<Arguments>) =>
  optionNames.reduce<Argv>(
    (under, name) => under.option(name, cliOption(name)),
    cli as unknown as Argv,
  ) as unknown as Argv<Arguments & NetworkArguments>;

/** Those that were given. */
export const givenOptions = (args: NetworkArguments): GivenOptions =>
  Object.fromEntries(optionNames.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])));

/** @throws UserError exit code 64 where an option is not a whole number from 1 to `most`. */
export function checkNumber(option: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UserError(`${option} ${value}: expected a whole number from 1 to ${most}`, ExitCode.usage);
}
