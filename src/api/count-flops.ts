import type { NetworkEntry } from '../../models/entry.ts';
import type { GivenOptions } from '../../models/options.ts';
import { createEntry, type NetworkDefinition } from '../../models/own.ts';
import { countNetwork, type NetworkCounts } from '../engine/count.ts';
import { findNetworkOrFile } from '../engine/network-file.ts';

/** What is counted: a network with its options, the size of its images, and how many are in a step. */
export interface CountRequest extends GivenOptions {
  /** A name (`resnet50`), the path of a file that exports a network (`./my-net.ts`), or a definition. */
  readonly network: string | NetworkDefinition;
  /** Height and width of the images in pixels; the network's own where left out. */
  readonly input?: number | undefined;
  /** Examples in a step; 1 where left out. */
  readonly batch?: number | undefined;
  /** Weight of each auxiliary head's loss; 0 (the heads are computed, not trained) where left out. */
  readonly auxiliaryWeight?: number | undefined;
}

export interface FlopReport extends NetworkCounts {
  readonly model: string;
  readonly input: number;
  readonly batch: number;
  readonly classes: number;
}

const entryFor = (network: CountRequest['network']): NetworkEntry =>
  typeof network === 'string' ? findNetworkOrFile(network) : createEntry(network);

/**
 * Counts one training step of a network exactly: multiply-accumulates (MACs) of the forward pass and of both kinds of
 * gradients, and FLOPs of the whole step, for the whole batch. A MAC is two FLOPs; docs/counting.md has every formula.
 * `paper` is 3 x forward MACs, a MAC taken as one FLOP: Hernandez & Brown 2020 (arXiv 2005.04305), appendix B. Nothing is
 * computed or allocated, whatever the batch. Loads TensorFlow.
 * @throws UserError exit code 66 where a file is not there, 69 where TensorFlow is not set up, 78 for a network or option
 * that does not exist and for images that are too small.
 */
export function countFlops(request: CountRequest): FlopReport {
  const { network, input, batch = 1, auxiliaryWeight = 0, ...options } = request;
  const entry = entryFor(network);
  const side = input ?? entry.input;
  const forward = entry.build(options);
  const classes = options.classes ?? entry.options.classes ?? 1000;
  const counts = countNetwork({ forward, input: side, batch, auxiliaryWeight });
  return { model: entry.name, input: side, batch, classes, ...counts };
}
