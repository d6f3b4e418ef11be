import { z } from 'zod';
import { configError } from '../src/base/errors.ts';
import type { Forward } from '../src/nn/index.ts';
import { type Accuracy, network, type NetworkEntry, type Paper } from './entry.ts';
import { checkOptions, optionNames, type Options } from './options.ts';

/** A network of your own, as a file exports it or `registerNetwork` takes it. */
export interface NetworkDefinition<Name extends keyof Options = never> {
  /** 1 to 64 letters, digits, `.`, `_` and `-`; no shipped network may have it. */
  readonly name: string;
  /** Day of publication, YYYY-MM-DD: its place in a trend. */
  readonly published: string;
  /** The options it takes, with their defaults; `classes`, the number of outputs, is always one of them (1000). */
  readonly options?: Readonly<Pick<Options, Name>> & { readonly classes?: number };
  /** Height and width in pixels of its images, unless told otherwise; 224 where left out. */
  readonly input?: number;
  /** Other names that it is found by. */
  readonly aliases?: readonly string[];
  readonly paper?: Paper;
  readonly accuracy?: Accuracy;
  /** Name of a recipe in configs/recipes, which a sweep takes where it names none. */
  readonly recipe?: string;
  /** The network with these options: images [n, height, width, 3] to logits [n, classes]. */
  forward(options: Readonly<Pick<Options, Name | 'classes'>>): Forward;
}

/** The same definition: lets an editor check a file's network and complete its options. */
export const defineNetwork = <Name extends keyof Options = never>(
  definition: NetworkDefinition<Name>,
): NetworkDefinition<Name> => definition;

const isFunction = (value: unknown): boolean => typeof value === 'function';

const schema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'expected 1 to 64 letters, digits, ".", "_" and "-"'),
  published: z.iso.date('expected a day as YYYY-MM-DD'),
  options: z
    .record(
      z.string().refine((name) => (optionNames as readonly string[]).includes(name), {
        error: () => `no such option; there are ${optionNames.join(', ')}`,
      }),
      z.unknown(),
    )
    .optional(),
  input: z.int().min(1).max(4096).optional(),
  aliases: z.array(z.string().min(1)).optional(),
  paper: z.object({ title: z.string(), arxiv: z.string().nullable() }).optional(),
  accuracy: z
    .object({
      top1: z.number().nullable(),
      top5: z.number().nullable(),
      source: z.enum(['torchvision', 'paper']),
    })
    .optional(),
  recipe: z.string().optional(),
  forward: z.custom<unknown>(isFunction, 'expected a function from options to a network'),
});

/** @throws UserError exit code 78 with the first key that is wrong. */
function check(definition: unknown): void {
  const { success, error } = schema.safeParse(definition);
  if (success) return;
  const [issue] = error.issues;
  const key = issue?.path.join('.') ?? '';
  throw configError(
    `not the definition of a network: ${key === '' ? '' : `${key}: `}${issue?.message ?? 'expected an object'}`,
  );
}

/** Holds the network to its promise. @throws UserError exit code 78 where it gives no logits [n, classes]. */
function checked(name: string, forward: Forward, classes: number): Forward {
  if (!isFunction(forward))
    throw configError(`the network ${name}: forward(options) must return a function (scope, images) => logits`);
  return (net, images) => {
    const result = forward(net, images);
    const given = result as unknown;
    const logits = typeof given === 'object' && given && 'logits' in given ? given.logits : given;
    const shape = (logits as { shape?: unknown } | undefined)?.shape;
    const sound = Array.isArray(shape) && shape.length === 2 && shape[1] === classes;
    if (sound) return result;
    const got = Array.isArray(shape) ? `shape [${shape.join(', ')}]` : typeof logits;
    throw configError(`the network ${name} gave ${got}: expected logits of shape [n, ${classes}]`);
  };
}

/**
 * The registry entry of a definition.
 * @throws UserError exit code 78 where it is not sound.
 */
export function entryOf(definition: NetworkDefinition, family = 'own'): NetworkEntry {
  check(definition);
  const { name, published } = definition;
  const options = { classes: 1000, ...definition.options };
  checkOptions(name, options, options);
  return network({
    name,
    published,
    family,
    options,
    aliases: definition.aliases ?? [],
    paper: definition.paper ?? { title: name, arxiv: null },
    input: definition.input ?? 224,
    accuracy: definition.accuracy ?? null,
    recipe: definition.recipe ?? '',
    forward: (given) => checked(name, definition.forward(given), given.classes),
  });
}
