import type { Argv, Options as CliOption } from 'yargs';
import { z } from 'zod';
import { type GivenOptions, optionDefinitions, type OptionName, optionNames } from '../../../models/options.ts';
import { optionFlag } from './option-flag.ts';

/** Options of networks on the command line; the names are those of the `network` keys of a run config. */
export type NetworkArguments = { [Name in OptionName]: GivenOptions[Name] };

/** The argument `<network>` of a command. */
export const networkArgument = {
  type: 'string',
  demandOption: true,
  describe: 'name of a network (see doubletime models), or path of a file that exports one',
} as const;

/** The yargs definition of an option. The network checks the value when it is built. */
function cliOption(name: OptionName): CliOption {
  const { schema, description: describe } = optionDefinitions[name];
  if (schema instanceof z.ZodEnum) return { choices: schema.options, describe };
  if (!(schema instanceof z.ZodBoolean)) return { type: 'number', describe };
  return { type: 'boolean', describe: `${describe} (turn off: ${optionFlag(name).replace('--', '--no-')})` };
}

/** Adds the options of networks to a command. */
export const networkOptions = <Arguments>(cli: Argv<Arguments>) =>
  optionNames.reduce<Argv>(
    (extended, name) => extended.option(name, cliOption(name)),
    cli as unknown as Argv,
  ) as unknown as Argv<Arguments & NetworkArguments>;

/** The network options among the arguments of a command; options that are not set are missing. */
export const pickNetworkOptions = (args: NetworkArguments): GivenOptions =>
  Object.fromEntries(optionNames.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])));
