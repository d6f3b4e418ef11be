import { configError } from '../base/errors.ts';
import type { Tensor } from './tensor.ts';

/** The tensors of a network's pass that depend on its parameters; undefined outside of such a pass and inside of a defined op. */
let dependent: WeakSet<Tensor> | undefined;

function within<Result>(tensors: WeakSet<Tensor> | undefined, body: () => Result): Result {
  const outer = dependent;
  dependent = tensors;
  try {
    return body();
  } finally {
    dependent = outer;
  }
}

/**
 * Runs the pass of a network so that a TensorFlow op without a gradient is refused if its input depends on a parameter: autograd sees
 * only defined ops, so the parameters would get a wrong gradient, or none.
 */
export const checkingGradients = <Result>(pass: () => Result): Result => within(new WeakSet(), pass);

/** Runs the TensorFlow ops of a defined op, which has a gradient of its own. */
export const insideDefinedOp = <Result>(body: () => Result): Result => within(undefined, body);

/** Marks a parameter. */
export function markParameter(tensor: Tensor): void {
  dependent?.add(tensor);
}

/** Marks the outputs of a defined op that depend on parameters through its inputs. */
export function markOutputs(inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
  if (!inputs.some((input) => dependent?.has(input))) return;
  for (const output of outputs) dependent?.add(output);
}

/** @throws UserError exit code 78 if a TensorFlow op outside of a defined op has an input that depends on a parameter. */
export function refuseWithoutGradient(op: string, inputs: readonly Tensor[]): void {
  if (!inputs.some((input) => dependent?.has(input))) return;
  throw configError(
    `the TensorFlow op ${op} is applied outside of defineOp to a value that depends on parameters, so they would get no gradient through it: define an op with its gradient (defineOp)`,
  );
}
