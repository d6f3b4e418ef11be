import type { GivenOptions } from '../../models/options.ts';
import type { NetworkEntry } from '../../models/entry.ts';
import { dataError, ExitCode, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files/files.ts';
import { formatCount } from '../base/text/format.ts';
import { encodeSafetensors, readSafetensors } from '../base/files/safetensors.ts';
import type { RunConfig } from '../config/run.ts';
import { initialize } from '../nn/initialize.ts';
import { countParameters, type TensorSpec } from '../nn/scope.ts';
import { weightWarning } from '../nn/weight-values.ts';
import { fitWeights, toPyTorchState } from '../nn/weights.ts';
import { recordForward } from '../trace/network.ts';
import { formatShape } from '../base/text/shape.ts';
import { Checkpoints } from './files/checkpoints.ts';
import type { StateTensor } from '../engine/engine.ts';
import { resolveNetworkOptions } from '../engine/network/network.ts';
import { findNetworkOrFile, findConfiguredNetwork } from '../engine/network/network-file.ts';
import { readConfig } from './files/reconcile.ts';
import { runFolder } from './files/run-folder.ts';
import { AVERAGED } from '../recipe/method.ts';

/** A network and its options. */
export interface NetworkChoice {
  readonly network: string;
  readonly options: GivenOptions;
}

/** The specs of all tensors of a network, in the order of PyTorch's state dict. */
function recordSpecs(entry: NetworkEntry, options: GivenOptions): readonly TensorSpec[] {
  const forward = entry.build(options);
  return recordForward(forward, { input: entry.input, batch: 1, training: true }).specs;
}

const findSpecs = ({ network, options }: NetworkChoice): readonly TensorSpec[] =>
  recordSpecs(findNetworkOrFile(network), options);

interface Weights {
  readonly choice: NetworkChoice;
  readonly specs: readonly TensorSpec[];
  /** In PyTorch's layout. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** The number of training batches of a batch norm, by the name of its counter (`num_batches_tracked`). */
  readonly batches: (counter: string) => bigint;
}

/** Called with one line about suspicious weights. */
export type Warn = (line: string) => void;

function write(file: string, { choice, specs, values, batches }: Weights): void {
  const { network, options } = choice;
  const metadata = { format: 'pt', network, options: JSON.stringify(options) };
  writeFileAtomic(file, ...encodeSafetensors(toPyTorchState(specs, values, batches), metadata));
}

/** One line about the file that was written. */
const summarize = (file: string, { choice, specs }: Weights): string =>
  `${file}: ${choice.network}, ${formatCount(specs.length, 'tensor')}, ${countParameters(specs)} parameters`;

function writeAndSummarize(file: string, weights: Weights): string {
  write(file, weights);
  return summarize(file, weights);
}

function warnOfValues(file: string, values: Weights['values'], warn: Warn): void {
  const line = weightWarning(values);
  if (line !== undefined) warn(`${file}: ${line}`);
}

/**
 * Checks that a file of weights fits a network. Writes the weights as float32, in the network's order and with its name and options
 * as metadata. Returns a one-line summary.
 * @throws UserError exit code 65 if the file is damaged or does not fit the network (then nothing is written), 66 if it does not
 * exist, 73 or 74 if `out` cannot be written, 78 for an unknown network or option.
 */
export function importWeights(file: string, choice: NetworkChoice, out: string, warn: Warn): string {
  const specs = findSpecs(choice);
  const { values, counters, prefix } = fitWeights(file, readSafetensors(file).tensors, specs);
  warnOfValues(file, values, warn);
  const batches = (counter: string): bigint => counters.get(counter) ?? 0n;
  const summary = writeAndSummarize(out, { choice, specs, values, batches });
  return prefix === '' ? summary : `${summary}; the prefix "${prefix}" was removed from every name`;
}

/**
 * Writes the initial weights of a run with this seed. Returns a one-line summary.
 * @throws UserError exit code 73 or 74 if `out` cannot be written, 78 for an unknown network or option.
 */
export function exportInitialWeights(choice: NetworkChoice, seed: number, out: string): string {
  const specs = findSpecs(choice);
  const values = new Map(
    specs.map(({ name, shape, initializer }) => [name, initialize(initializer, shape, seed, name)]),
  );
  return writeAndSummarize(out, { choice, specs, values, batches: () => 0n });
}

function readRunConfig(folder: string): RunConfig {
  const config = readConfig(runFolder(folder));
  if (config) return config;
  throw new UserError(
    `${folder} is not a run folder: it has no config.json, expected a folder of doubletime train`,
    ExitCode.noInput,
  );
}

interface CheckpointTensors {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, StateTensor>;
}

/** The specs for a number of classes; undefined if the network does not take it. */
function trySpecs(entry: NetworkEntry, options: GivenOptions): readonly TensorSpec[] | undefined {
  try {
    return recordSpecs(entry, options);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * The network's tensors with the number of classes of a checkpoint. This is the first dimension of a tensor, nearly always of the last
 * one: the classifier.
 * @throws UserError exit code 65 if the checkpoint does not fit the network.
 */
function specsOf(entry: NetworkEntry, given: GivenOptions, { file, tensors }: CheckpointTensors) {
  // Names of the optimizer's and the methods' state contain a slash.
  const own = [...tensors].filter(([name]) => !name.includes('/'));
  const sizes = new Set(own.reverse().flatMap(([, { shape }]) => shape.slice(0, 1)));
  for (const classes of sizes) {
    const options = { ...given, classes };
    const specs = trySpecs(entry, options);
    const fits = ({ name, shape }: TensorSpec): boolean =>
      formatShape(tensors.get(name)?.shape ?? []) === formatShape(shape);
    if (specs?.every(fits) === true) return { options, specs };
  }
  throw dataError(`${file} does not fit ${entry.name} with any number of classes: restore the run's folder`);
}

/**
 * Writes the weights of a run's newest checkpoint: the trained weights, or the averaged weights if `averaged`. Returns a
 * one-line summary.
 * @throws UserError exit code 65 or 66 if there is no such run, no intact checkpoint, or no averaged weights.
 */
export function exportRunWeights(folder: string, averaged: boolean, out: string, warn: Warn): string {
  const config = readRunConfig(folder);
  const found = new Checkpoints(runFolder(folder).checkpoints).findNewest();
  if (!found)
    throw new UserError(`${folder} has no checkpoint yet: wait until the run has written one`, ExitCode.noInput);
  const { tensors, state } = found.checkpoint;
  const entry = findConfiguredNetwork(config.network);
  const { options, specs } = specsOf(entry, resolveNetworkOptions(config), { file: found.file, tensors });
  const choice = { network: config.network.name, options };
  const prefix = averaged ? AVERAGED : '';
  const values = new Map(
    specs.map(({ name }) => {
      const tensor = tensors.get(prefix + name);
      if (!tensor)
        throw dataError(
          `${found.file} does not contain ${averaged ? `the averaged weights of ${name}: remove --averaged` : name}`,
        );
      return [name, tensor.values];
    }),
  );
  warnOfValues(found.file, values, warn);
  const batches = (): bigint => BigInt(state.ledger.steps);
  return writeAndSummarize(out, { choice, specs, values, batches });
}
