import type { Argv } from 'yargs';
import { ExitCode, UserError } from '../base/errors.ts';
import type { NetworkConfig } from '../config/run.ts';

/** Options of networks on the command line, as in a run's `network`. */
export interface NetworkArguments extends Omit<NetworkConfig, 'name'> {
  classes: number | undefined;
}

const NAMES = [
  'classes',
  'width',
  'depth',
  'stem',
  'batchNorm',
  'residual',
  'auxiliary',
  'dropout',
  'stochasticDepth',
] as const;

/** Adds the networks' options to a command. */
export const networkOptions = <Arguments>(cli: Argv<Arguments>) =>
  cli
    .option('classes', { type: 'number', describe: 'outputs of the classifier' })
    .option('width', { type: 'number', describe: 'factor on the channels' })
    .option('depth', { type: 'number', describe: 'factor on the blocks of a stage' })
    .option('stem', { choices: ['imagenet', 'small'] as const, describe: 'first layers' })
    .option('batchNorm', { type: 'boolean', describe: '--no-batch-norm takes it out' })
    .option('residual', { type: 'boolean', describe: '--no-residual takes the shortcuts out' })
    .option('auxiliary', { type: 'boolean', describe: 'with auxiliary heads' })
    .option('dropout', { type: 'number', describe: 'rate before the classifier' })
    .option('stochasticDepth', { type: 'number', describe: 'rate of the last branch' });

/** Those that were given. */
export const givenOptions = (args: NetworkArguments) =>
  Object.fromEntries(
    NAMES.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])),
  ) as { readonly [Name in (typeof NAMES)[number]]?: NetworkArguments[Name] };

/** @throws UserError exit code 64 where an option is not a whole number from 1 to `most`. */
export function checkNumber(option: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UserError(
    `${option} ${value}: expected a whole number from 1 to ${most}`,
    ExitCode.usage,
  );
}
