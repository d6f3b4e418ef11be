import { z } from 'zod';
import { configError } from '../src/base/errors.ts';
import { formatValue } from '../src/base/text/value.ts';

const factor = z.number().min(0.05).max(10);
const factorText = 'a number from 0.05 to 10';
const rate = z.number().min(0).lt(1);
const rateText = 'a number of at least 0 and less than 1';
const flagText = 'true or false';

/**
 * All options of networks; each network accepts some of them. Run configs, the command line and `checkOptions` derive from this
 * declaration. `expected` completes "must be ..." in messages.
 */
export const optionDefinitions = {
  classes: {
    schema: z.int().min(2).max(100_000),
    expected: 'a whole number from 2 to 100000',
    description: 'outputs of the classifier',
  },
  width: { schema: factor, expected: factorText, description: 'factor on the channels' },
  depth: {
    schema: factor,
    expected: factorText,
    description: 'factor on the number of blocks of each stage',
  },
  /** Each family's file describes its `small` stem. */
  stem: {
    schema: z.enum(['imagenet', 'small']),
    expected: '"imagenet" or "small"',
    description: 'first layers: as published, or for images of about 32 pixels',
  },
  batchNorm: {
    schema: z.boolean(),
    expected: flagText,
    description: 'batch norms; without them, the convolutions get biases',
  },
  residual: {
    schema: z.boolean(),
    expected: flagText,
    description: 'shortcuts around blocks',
  },
  auxiliary: {
    schema: z.boolean(),
    expected: flagText,
    description: 'heads in the middle of the network that take part in training only',
  },
  blur: {
    schema: z.int().min(0).max(7),
    expected: 'a whole number from 0 to 7',
    description: 'pixels of the blur before strides (BlurPool, Zhang 2019); 0: none',
  },
  dropout: { schema: rate, expected: rateText, description: 'rate before the classifier' },
  stochasticDepth: {
    schema: rate,
    expected: rateText,
    description: 'rate at which the last residual branch is dropped; it grows linearly from the first',
  },
} as const;

type Definitions = typeof optionDefinitions;
export type OptionName = keyof Definitions;
export const optionNames = Object.keys(optionDefinitions) as readonly OptionName[];

/** Values for all options. */
export type Options = { [Name in OptionName]: z.output<Definitions[Name]['schema']> };
/** Values for some options. */
export type GivenOptions = { readonly [Name in OptionName]?: Options[Name] | undefined };

/** The schemas of the options, all optional. */
export const optionSchemas = Object.fromEntries(
  Object.entries(optionDefinitions).map(([name, { schema }]) => [name, schema.optional()]),
) as { readonly [Name in OptionName]: z.ZodOptional<Definitions[Name]['schema']> };

/**
 * The defaults, overridden by the given values.
 * @throws UserError exit code 78 naming the option, its value and the expected values.
 */
export function checkOptions<Name extends OptionName>(
  network: string,
  defaults: Readonly<Pick<Options, Name>>,
  given: GivenOptions,
): Readonly<Pick<Options, Name>> {
  const values: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults).join(', ');
      throw configError(`${network} has no option ${name}: its options are ${known}`);
    }
    const { schema, expected } = optionDefinitions[name as Name];
    if (!schema.safeParse(value).success) {
      throw configError(`${network}: ${name} is ${formatValue(value)}, expected ${expected}`);
    }
    values[name] = value;
  }
  return values as Pick<Options, Name>;
}
