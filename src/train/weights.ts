import type { GivenOptions } from '../../models/options.ts';
import type { NetworkEntry } from '../../models/entry.ts';
import { dataError, ExitCode, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { encodeSafetensors, readSafetensors } from '../base/safetensors.ts';
import type { RunConfig } from '../config/run.ts';
import { initialize } from '../nn/initialize.ts';
import { countParameters, type TensorSpec } from '../nn/scope.ts';
import { weightWarning } from '../nn/weight-values.ts';
import { fitWeights, torchState } from '../nn/weights.ts';
import { recordForward } from '../trace/network.ts';
import { Checkpoints } from './files/checkpoints.ts';
import { optionsOf } from '../engine/network.ts';
import { findNetworkOrFile, networkOf } from '../engine/network-file.ts';
import { readConfig } from './files/reconcile.ts';
import { runFolder } from './files/run-folder.ts';
import { AVERAGED } from '../recipe/method.ts';

/** A network with its options. */
export interface Chosen {
  readonly network: string;
  readonly options: GivenOptions;
}

/** All tensors in the order of PyTorch's state dict. */
function specsOf(entry: NetworkEntry, options: GivenOptions): readonly TensorSpec[] {
  const forward = entry.build(options);
  return recordForward(forward, { input: entry.input, batch: 1, training: true }).specs;
}

const specsOfChosen = ({ network, options }: Chosen): readonly TensorSpec[] =>
  specsOf(findNetworkOrFile(network), options);

interface Weights {
  readonly chosen: Chosen;
  readonly specs: readonly TensorSpec[];
  /** In PyTorch's layout. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Training batches that the norm of a counter has seen. */
  readonly batches: (counter: string) => bigint;
}

/** Told what is suspicious about weights, in a line. */
export type Warn = (line: string) => void;

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

function warnOf(file: string, values: Weights['values'], warn: Warn): void {
  const line = weightWarning(values);
  if (line !== undefined) warn(`${file}: ${line}`);
}

/**
 * Checks a file of weights against a network and writes them anew as float32, in the order of the network and with its name.
 * @throws UserError exit code 65 where the file is damaged or does not fit (nothing is written then), 78 for the network.
 */
export function importWeights(file: string, chosen: Chosen, out: string, warn: Warn): string {
  const specs = specsOfChosen(chosen);
  const { values, counters, prefix } = fitWeights(file, readSafetensors(file).tensors, specs);
  warnOf(file, values, warn);
  const batches = (counter: string): bigint => counters.get(counter) ?? 0n;
  const said = writeAndSay(out, { chosen, specs, values, batches });
  return prefix === '' ? said : `${said}; "${prefix}" in front of every name was left out`;
}

/** Writes a network's first weights, those a run with this seed starts from. */
export function exportInitialWeights(chosen: Chosen, seed: number, out: string): string {
  const specs = specsOfChosen(chosen);
  const values = new Map(
    specs.map(({ name, shape, initializer }) => [name, initialize(initializer, shape, seed, name)]),
  );
  return writeAndSay(out, { chosen, specs, values, batches: () => 0n });
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
export function exportRunWeights(folder: string, averaged: boolean, out: string, warn: Warn): string {
  const config = configOf(folder);
  const found = new Checkpoints(runFolder(folder).checkpoints).findNewest();
  if (!found) throw new UserError(`${folder} has no checkpoint yet`, ExitCode.noInput);
  const { tensors, state } = found.checkpoint;
  const own = [...tensors].filter(([name]) => !name.includes('/'));
  const classes = own[own.length - 1]?.[1].shape[0];
  const options = { ...optionsOf(config), classes };
  const chosen = { network: config.network.name, options };
  const specs = specsOf(networkOf(config.network), options);
  const prefix = averaged ? AVERAGED : '';
  const values = new Map(
    specs.map(({ name }) => {
      const tensor = tensors.get(prefix + name);
      if (!tensor) throw dataError(`${found.file} has no ${averaged ? 'moving average of ' : ''}${name}`);
      return [name, tensor.values];
    }),
  );
  warnOf(found.file, values, warn);
  const batches = (): bigint => BigInt(state.ledger.steps);
  return writeAndSay(out, { chosen, specs, values, batches });
}
