import type { Argv, Options as CliOption } from 'yargs';
import { z } from 'zod';
import { type GivenOptions, optionDefinitions, type OptionName, optionNames } from '../../models/options.ts';
import { ExitCode, UserError } from '../base/errors.ts';
import { optionFlag } from './option-flag.ts';

/** Options of networks on the command line; the names are those of the `network` keys of a run config. */
export type NetworkArguments = { [Name in OptionName]: GivenOptions[Name] };

/** The yargs definition of an option. The network checks the value. */
function cliOption(name: OptionName): CliOption {
  const { schema, description: describe } = optionDefinitions[name];
  if (schema instanceof z.ZodEnum) return { choices: schema.options, describe };
  if (!(schema instanceof z.ZodBoolean)) return { type: 'number', describe };
  return { type: 'boolean', describe: `${describe} (turn off: ${optionFlag(name).replace('--', '--no-')})` };
}

/** Adds the options of networks to a command. */
export const networkOptions = <Arguments>(cli: Argv<Arguments>) =>
  optionNames.reduce<Argv>(
    (under, name) => under.option(name, cliOption(name)),
    cli as unknown as Argv,
  ) as unknown as Argv<Arguments & NetworkArguments>;

/** The network options that the user gave. */
export const givenOptions = (args: NetworkArguments): GivenOptions =>
  Object.fromEntries(optionNames.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])));

/** @throws UserError exit code 64 if the value is not a whole number from 1 to `max`. */
export function checkWholeNumber(option: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new UserError(`${option} is ${value}, expected a whole number from 1 to ${max}`, ExitCode.usage);
}
