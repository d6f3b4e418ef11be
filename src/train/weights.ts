import type { GivenOptions } from '../../models/options.ts';
import { findNetwork } from '../../models/registry.ts';
import { dataError, ExitCode, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { encodeSafetensors, readSafetensors } from '../base/safetensors.ts';
import type { RunConfig } from '../config/run.ts';
import { initialize } from '../nn/initialize.ts';
import { countParameters, type TensorSpec } from '../nn/scope.ts';
import { fitWeights, torchState } from '../nn/weights.ts';
import { recordForward } from '../trace/network.ts';
import { Checkpoints } from './checkpoints.ts';
import { optionsOf } from '../engine/network.ts';
import { readConfig } from './reconcile.ts';
import { runFolder } from './run-folder.ts';
import { AVERAGED } from '../recipe/method.ts';

/** A network with its options. */
export interface Chosen {
  readonly network: string;
  readonly options: GivenOptions;
}

/** All tensors in the order of PyTorch's state dict. */
function specsOf({ network, options }: Chosen): readonly TensorSpec[] {
  const entry = findNetwork(network);
  const forward = entry.build(options);
  return recordForward(forward, { input: entry.input, batch: 1, training: true }).specs;
}

interface Weights {
  readonly chosen: Chosen;
  readonly specs: readonly TensorSpec[];
  /** In PyTorch's layout. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Training batches that the norms have seen. */
  readonly batches: number;
}

function write(file: string, { chosen, specs, values, batches }: Weights): void {
  const { network, options } = chosen;
  const metadata = { format: 'pt', network, options: JSON.stringify(options) };
  writeFileAtomic(file, ...encodeSafetensors(torchState(specs, values, batches), metadata));
}

/** What was written, in a line. */
const summary = (file: string, { chosen, specs }: Weights): string =>
  `${file}: ${chosen.network}, ${specs.length} tensors, ${countParameters(specs)} parameters`;

function writeAndSay(file: string, weights: Weights): string {
  write(file, weights);
  return summary(file, weights);
}

/**
 * Checks a file of weights against a network and writes them anew, in the order of the network and with its name.
 * @throws UserError exit code 65 where the file is damaged or does not fit (nothing is written then), 78 for the network.
 */
export function importWeights(file: string, chosen: Chosen, out: string): string {
  const specs = specsOf(chosen);
  const values = fitWeights(file, readSafetensors(file).tensors, specs);
  return writeAndSay(out, { chosen, specs, values, batches: 0 });
}

/** Writes a network's first weights, those a run with this seed starts from. */
export function exportInitialWeights(chosen: Chosen, seed: number, out: string): string {
  const specs = specsOf(chosen);
  const values = new Map(
    specs.map(({ name, shape, initializer }) => [name, initialize(initializer, shape, seed, name)]),
  );
  return writeAndSay(out, { chosen, specs, values, batches: 0 });
}

function configOf(folder: string): RunConfig {
  const config = readConfig(runFolder(folder));
  if (config) return config;
  throw new UserError(`${folder} is no run's folder: it has no config.json`, ExitCode.noInput);
}

/**
 * Writes the weights of a run's newest checkpoint: the trained ones, or their moving average.
 * @throws UserError exit code 65 or 66 where there is no such run, no whole checkpoint, or no average.
 */
export function exportRunWeights(folder: string, averaged: boolean, out: string): string {
  const config = configOf(folder);
  const found = new Checkpoints(runFolder(folder).checkpoints).findNewest();
  if (!found) throw new UserError(`${folder} has no checkpoint yet`, ExitCode.noInput);
  const { tensors, state } = found.checkpoint;
  const own = [...tensors].filter(([name]) => !name.includes('/'));
  const classes = own[own.length - 1]?.[1].shape[0];
  const options = { ...optionsOf(config), classes };
  const chosen = { network: config.network.name, options };
  const specs = specsOf(chosen);
  const prefix = averaged ? AVERAGED : '';
  const values = new Map(
    specs.map(({ name }) => {
      const tensor = tensors.get(prefix + name);
      if (!tensor)
        throw dataError(`${found.file} has no ${averaged ? 'moving average of ' : ''}${name}`);
      return [name, tensor.values];
    }),
  );
  return writeAndSay(out, { chosen, specs, values, batches: state.ledger.steps });
}
