import { configError } from '../src/base/errors.ts';

/** `imagenet`: as published. `small`: for pictures of about 32 pixels; each family's file says what it leaves out. */
type Stem = 'imagenet' | 'small';

/** Everything that can be varied; each network takes those that make sense for it. */
export interface Options {
  /** Number of outputs of the classifier. */
  classes: number;
  /** Factor on the channels of the network's own row. */
  width: number;
  /** Factor on the number of blocks of each stage. */
  depth: number;
  stem: Stem;
  /** `false` takes every batch norm out; the convolutions get biases instead. */
  batchNorm: boolean;
  /** `false` takes the shortcuts around blocks out. */
  residual: boolean;
  /** Heads in the middle of the network that take part in training only. */
  auxiliary: boolean;
  /** Rate of dropout before the classifier. */
  dropout: number;
  /** Rate at which the last residual branch is dropped; it grows linearly from the first. */
  stochasticDepth: number;
}

/** The names of all options. */
export const optionNames = (): string[] => Object.keys(rules);

export type GivenOptions = { readonly [Name in keyof Options]?: Options[Name] | undefined };

interface Rule {
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

const between = (low: number, high: number): Rule => ({
  allowed: `a number from ${low} to ${high}`,
  accepts: (value) => typeof value === 'number' && value >= low && value <= high,
});

const rate: Rule = {
  allowed: 'a number of at least 0 and less than 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
};

const flag: Rule = {
  allowed: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

const rules: Record<keyof Options, Rule> = {
  classes: {
    allowed: 'a whole number from 2 to 100000',
    accepts: (value) => Number.isInteger(value) && Number(value) >= 2 && Number(value) <= 100_000,
  },
  width: between(0.05, 10),
  depth: between(0.05, 10),
  stem: {
    allowed: '"imagenet" or "small"',
    accepts: (value) => value === 'imagenet' || value === 'small',
  },
  batchNorm: flag,
  residual: flag,
  auxiliary: flag,
  dropout: rate,
  stochasticDepth: rate,
};

/**
 * The defaults with the given values laid over them.
 * @throws UserError exit code 78 naming the option, its value and what is allowed.
 */
export function checkOptions<Name extends keyof Options>(
  network: string,
  defaults: Readonly<Pick<Options, Name>>,
  given: GivenOptions,
): Readonly<Pick<Options, Name>> {
  const values: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!(name in defaults)) {
      const known = Object.keys(defaults).join(', ');
      throw configError(`${network} has no option ${name}; it takes ${known}`);
    }
    const rule = rules[name as Name];
    if (!rule.accepts(value)) {
      throw configError(
        `${network}: ${name} must be ${rule.allowed}, got ${JSON.stringify(value)}`,
      );
    }
    values[name] = value;
  }
  return values as Pick<Options, Name>;
}
