import { configError } from '../../base/errors.ts';
import type { Initializer } from '../initialize.ts';

/** The values that an option may have, and words for them. */
interface Rule {
  readonly allows: (value: unknown) => boolean;
  readonly expected: string;
}

const isWhole = (value: unknown, min: number): boolean => Number.isSafeInteger(value) && (value as number) >= min;

/** A whole number of at least `min`. */
export const whole = (min: number): Rule => ({
  allows: (value) => isWhole(value, min),
  expected: `a whole number of at least ${min}`,
});

/** An odd whole number. */
export const odd: Rule = {
  allows: (value) => isWhole(value, 1) && (value as number) % 2 === 1,
  expected: 'an odd whole number of at least 1',
};

/** Height and width. */
export const sides = (min: number): Rule => ({
  allows: (value) => Array.isArray(value) && value.length === 2 && value.every((item) => isWhole(item, min)),
  expected: `[height, width], both whole numbers of at least ${min}`,
});

/** A whole number, or two of them for height and width. */
export const size = (min: number): Rule => ({
  allows: (value) => isWhole(value, min) || sides(min).allows(value),
  expected: `a whole number of at least ${min}, or [height, width]`,
});

export const finite: Rule = { allows: (value) => Number.isFinite(value), expected: 'a number' };

/** The probability of dropping a value. */
export const rate: Rule = {
  allows: (value) => typeof value === 'number' && value >= 0 && value < 1,
  expected: 'a number from 0 to below 1',
};

export const flag: Rule = { allows: (value) => typeof value === 'boolean', expected: 'true or false' };

export const text: Rule = { allows: (value) => typeof value === 'string', expected: 'text' };

type KeyOfAny<Union> = Union extends unknown ? keyof Union : never;

/** The initializers by their key; a value without one of them would become NaN. */
const INITIALIZERS: Readonly<Record<KeyOfAny<Initializer>, true>> = {
  constant: true,
  kaimingNormal: true,
  uniformFanIn: true,
  kaimingUniform: true,
  normal: true,
  truncatedNormal: true,
  uniform: true,
  xavierUniform: true,
  identityThen: true,
  whitening: true,
};

function isInitializer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const [name, ...others] = Object.keys(value);
  return name !== undefined && others.length === 0 && Object.hasOwn(INITIALIZERS, name);
}

export const initializer: Rule = {
  allows: isInitializer,
  expected: `one of the initializers ${Object.keys(INITIALIZERS).join(', ')}, such as { normal: 0.01 }`,
};

export const optional = ({ allows, expected }: Rule): Rule => ({
  allows: (value) => value === undefined || allows(value),
  expected,
});

const show = (value: unknown): string =>
  typeof value === 'number' || value === undefined ? String(value) : JSON.stringify(value);

/**
 * Checks the options of a layer, because the types of a network file are removed, not checked.
 * @param layer words for the layer at the start of a message: `layer stem: conv2d`.
 * @param rules one for each option; every other key is refused.
 * @throws UserError exit code 78 naming the layer, the option, its value and what was expected.
 */
export function checkOptions<Options extends object>(
  layer: string,
  options: Options,
  rules: Readonly<Record<keyof Options, Rule>>,
): void {
  if (typeof (options as unknown) !== 'object' || (options as unknown) === null)
    throw configError(`${layer}: the options are ${show(options)}, expected { ${Object.keys(rules).join(', ')} }`);
  const unknown = Object.entries(options).find(([key]) => !Object.hasOwn(rules, key));
  if (unknown) {
    const names = Object.keys(rules).join(', ');
    throw configError(
      `${layer} has no option ${unknown[0]} (value ${show(unknown[1])}): remove or correct it; the options are ${names}`,
    );
  }
  for (const [key, { allows, expected }] of Object.entries<Rule>(rules)) {
    const value: unknown = options[key as keyof Options];
    if (!allows(value)) throw configError(`${layer}: ${key} is ${show(value)}, expected ${expected}`);
  }
}
