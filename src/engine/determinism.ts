import { ExitCode, UserError } from '../base/errors.ts';
import type { Recording } from '../trace/recording.ts';

/** Ops with no deterministic kernel on a GPU: with TF_DETERMINISTIC_OPS TensorFlow refuses to run them. */
const WITHOUT_KERNEL = new Set(['DepthwiseConv2dNativeBackpropFilter', 'SoftmaxCrossEntropyWithLogits']);

/** The ops of the recordings without a deterministic GPU kernel, each with its first layer. */
function findOps(recordings: ReadonlyMap<string, Recording>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { ops } of recordings.values())
    for (const { name, layer } of ops) if (WITHOUT_KERNEL.has(name) && !found.has(name)) found.set(name, layer);
  return found;
}

/** @throws UserError exit code 78 naming every op that has no deterministic kernel on a GPU. */
export function requireDeterministicKernels(recordings: ReadonlyMap<string, Recording>): void {
  const found = findOps(recordings);
  if (found.size === 0) return;
  const names = [...found].map(([op, layer]) => `${op} (layer ${layer || 'input'})`).join(', ');
  throw new UserError(
    `recipe.deterministic is true, but TensorFlow has no deterministic GPU kernel for ${names}: remove recipe.deterministic,` +
      ' choose a network without such a layer, or train on a CPU (CUDA_VISIBLE_DEVICES=-1)',
    ExitCode.config,
  );
}
