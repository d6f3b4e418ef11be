import { dataError } from '../base/errors.ts';
import { hashFile } from '../base/hash.ts';
import { readSafetensors } from '../base/safetensors.ts';
import type { InitialWeights } from '../config/initial-weights.ts';
import type { TensorSpec } from '../nn/scope.ts';
import { weightWarning } from '../nn/weight-values.ts';
import { fitWeights, type FittedWeights } from '../nn/weights.ts';

/**
 * The weights of a safetensors file for a network's tensors, by name and in PyTorch's layout.
 * @throws UserError exit code 65 if the file is damaged or does not fit the network; the error names the differences in one line.
 */
export const readWeights = (file: string, specs: readonly TensorSpec[], classes: number): FittedWeights =>
  fitWeights(file, readSafetensors(file).tensors, specs, classes);

/**
 * The weights that a run starts from, by name and in PyTorch's layout.
 * @throws UserError exit code 65 if the file has changed since the config was read, does not fit the network, or has NaN,
 * infinite values or negative variances.
 */
export function readInitialWeights(
  { file, sha256 }: InitialWeights,
  specs: readonly TensorSpec[],
  classes: number,
): ReadonlyMap<string, Float32Array> {
  const { values } = readWeights(file, specs, classes);
  if (hashFile(file) !== sha256)
    throw dataError(`recipe.initialWeights: ${file} has changed since the config was read: restore it`);
  const warning = weightWarning(values);
  if (warning !== undefined) throw dataError(`recipe.initialWeights: ${file} cannot be trained: ${warning}`);
  return values;
}
