import { z } from 'zod';
import { configError } from '../src/base/errors.ts';
import { isInYears, YEARS } from '../src/base/numbers/calendar.ts';
import type { Forward } from '../src/nn/index.ts';
import { type Accuracy, network, type NetworkEntry, type Paper } from './entry.ts';
import { checkOptions, optionNames, type Options } from './options.ts';

/** The definition of a custom network, for the export of a network file or for `registerNetwork`. */
export interface NetworkDefinition<Name extends keyof Options = never> {
  /** 1 to 64 letters, digits, `.`, `_` and `-`, of which the first is a letter or a digit; not the name of a shipped network. */
  readonly name: string;
  /** Day of publication, YYYY-MM-DD: its date in a trend. */
  readonly published: string;
  /** Its options, with their defaults; `classes`, the number of outputs (default 1000), is always one of them. */
  readonly options?: Readonly<Pick<Options, Name>> & { readonly classes?: number };
  /** Default height and width in pixels of its images; 224 if omitted. */
  readonly input?: number;
  /** Other names of the network. */
  readonly aliases?: readonly string[];
  readonly paper?: Paper;
  readonly accuracy?: Accuracy;
  /** Name of its default recipe in configs/recipes, for sweeps that name none. */
  readonly recipe?: string;
  /** Builds the network with these options: images [n, height, width, 3] to logits [n, classes]. */
  forward(options: Readonly<Pick<Options, Name | 'classes'>>): Forward;
}

/** Returns the definition unchanged; its type lets an editor check and complete a network file. */
export const defineNetwork = <Name extends keyof Options = never>(
  definition: NetworkDefinition<Name>,
): NetworkDefinition<Name> => definition;

const isFunction = (value: unknown): boolean => typeof value === 'function';

const schema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'expected 1 to 64 letters, digits, ".", "_" and "-"'),
  published: z.iso
    .date('expected a day as YYYY-MM-DD')
    .refine(isInYears, `expected a day from ${YEARS.first} to ${YEARS.last}, as trends need it`),
  options: z
    .record(
      z.string().refine((name) => (optionNames as readonly string[]).includes(name), {
        error: () => `unknown option: the options are ${optionNames.join(', ')}`,
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

/** @throws UserError exit code 78 naming the first invalid key. */
function check(definition: unknown): void {
  const { success, error } = schema.safeParse(definition);
  if (success) return;
  const [issue] = error.issues;
  const key = issue?.path.join('.') ?? '';
  throw configError(
    `not a network definition: ${key === '' ? '' : `${key}: `}${issue?.message ?? 'expected an object'}`,
  );
}

const describe = (value: unknown): string => {
  const shape = (value as { shape?: unknown } | null | undefined)?.shape;
  return Array.isArray(shape) ? `shape [${shape.join(', ')}]` : typeof value;
};

/** The problem with the outputs of a network for `images` images, in words that follow its name; undefined if there is none. */
function findOutputProblem(output: unknown, images: number, classes: number): string | undefined {
  const expected = `expected logits of shape [n, ${classes}] for n = ${images}`;
  const fits = (value: unknown): boolean => describe(value) === `shape [${images}, ${classes}]`;
  const hasHeads = typeof output === 'object' && output !== null && 'logits' in output;
  const { logits, auxiliary } = hasHeads ? (output as Record<string, unknown>) : { logits: output, auxiliary: [] };
  if (!fits(logits)) return `returned ${describe(logits)}, ${expected}`;
  if (!Array.isArray(auxiliary)) return `returned ${describe(auxiliary)} as auxiliary, expected a list of logits`;
  const wrong = auxiliary.findIndex((head) => !fits(head));
  return wrong < 0 ? undefined : `returned ${describe(auxiliary[wrong])} as auxiliary[${wrong}], ${expected}`;
}

/**
 * Adds a check of the shapes of the logits and of the auxiliary heads.
 * @throws UserError exit code 78 if one of them is not [n, classes] for n images.
 */
function withOutputCheck(name: string, forward: Forward, classes: number): Forward {
  if (!isFunction(forward))
    throw configError(`the network ${name}: forward(options) must return a function (scope, images) => logits`);
  return (net, images) => {
    const output = forward(net, images);
    const problem = findOutputProblem(output, images.shape[0], classes);
    if (problem !== undefined) throw configError(`the network ${name} ${problem}`);
    return output;
  };
}

/**
 * Creates the registry entry of a definition.
 * @throws UserError exit code 78 if the definition is invalid.
 */
export function createEntry(definition: NetworkDefinition, family = 'own'): NetworkEntry {
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
    forward: (values) => withOutputCheck(name, definition.forward(values), values.classes),
  });
}
