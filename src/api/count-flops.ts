import type { NetworkEntry } from '../../models/entry.ts';
import type { GivenOptions } from '../../models/options.ts';
import { createEntry, type NetworkDefinition } from '../../models/own.ts';
import { isShippedName } from '../../models/registry.ts';
import { z } from 'zod';
import { configError, ExitCode } from '../base/errors.ts';
import { formatValue } from '../base/text/value.ts';
import { PRECISIONS, type Precision } from '../base/precision.ts';
import { dataSchema } from '../config/data.ts';
import { recipeSchema } from '../config/recipe.ts';
import { countNetwork, hasAuxiliaryHeads, type NetworkCounts } from '../engine/count.ts';
import { findNetworkOrFile } from '../engine/network/network-file.ts';
import { checkRequest } from './check-request.ts';

/** The network to count with its options, the input size and the number of images per step. */
export interface CountRequest extends GivenOptions {
  /** A name (`resnet50`), the path of a file that exports a network (`./my-net.ts`), or a definition. */
  readonly network: string | NetworkDefinition;
  /** Input size: height and width in pixels; default: the network's own. */
  readonly input?: number | undefined;
  /** Images per step; default: 1. */
  readonly batch?: number | undefined;
  /** Weight of the loss of each auxiliary head, for a network that has some; default: 0 (they are computed but not trained). */
  readonly auxiliaryWeight?: number | undefined;
  /** The recipe's number format; default: float32. It changes `macsByPrecision` and `activationBytes` only. */
  readonly precision?: Precision | undefined;
}

/** The counts of one training step, and what was counted. */
export interface FlopReport extends NetworkCounts {
  /** The name of the network. */
  readonly model: string;
  readonly input: number;
  readonly batch: number;
  readonly classes: number;
  readonly precision: Precision;
}

/** The largest input size and batch of a config. */
const requestSchema = z.looseObject({
  network: z.custom<CountRequest['network']>(
    (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
    {
      error: ({ input }) =>
        `is ${input === undefined ? 'missing' : formatValue(input)}, expected a name, the path of a file, or a definition`,
    },
  ),
  input: dataSchema.shape.input.optional(),
  batch: recipeSchema.shape.batch.optional(),
  auxiliaryWeight: z.number().min(0).optional(),
  precision: z.enum(PRECISIONS).optional(),
});

function resolveNetwork(network: CountRequest['network']): NetworkEntry {
  if (typeof network === 'string') return findNetworkOrFile(network);
  const entry = createEntry(network);
  if (isShippedName(entry.name))
    throw configError(`the name "${entry.name}" belongs to a shipped network: choose another name`);
  return entry;
}

/**
 * Counts one training step of a network exactly, for the whole batch: multiply-accumulates (MACs) of the forward pass, of
 * input gradients and of weight gradients, and FLOPs of the whole step. A MAC is two FLOPs; docs/counting.md has every formula.
 * `paper` is 3 x forward MACs with a MAC counted as one FLOP: Hernandez & Brown 2020 (arXiv 2005.04305), appendix B.
 * Computes and allocates no tensors, so any batch size works. Loads TensorFlow.
 * @throws UserError exit code 66 if a file does not exist, 69 if TensorFlow is not set up, 78 if a network or option does
 * not exist, a definition has the name of a shipped network, the images are too small or a network without auxiliary heads
 * gets a weight of them.
 * @throws TypeError naming the op and its layer if an op has no formula or shape rule.
 */
export function countFlops(request: CountRequest): FlopReport {
  checkRequest('countFlops', requestSchema, request, ExitCode.config);
  const { network, input, batch = 1, auxiliaryWeight = 0, precision = 'float32', ...options } = request;
  const entry = resolveNetwork(network);
  const side = input ?? entry.input;
  const forward = entry.build(options);
  if (auxiliaryWeight > 0 && !hasAuxiliaryHeads({ forward, input: side }))
    throw configError(
      `the weight of the auxiliary heads is ${auxiliaryWeight}, but the network ${entry.name} has no auxiliary heads: leave it out`,
    );
  const classes = options.classes ?? entry.options.classes ?? 1000;
  const counts = countNetwork({ forward, input: side, batch, auxiliaryWeight, precision });
  return { model: entry.name, input: side, batch, classes, precision, ...counts };
}
