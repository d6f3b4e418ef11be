import { configError } from '../base/errors.ts';
import type { Precision } from '../base/precision.ts';

/**
 * The variable with which NVIDIA's libraries are told not to use TF32: 0. They read it when TensorFlow loads them. Without it,
 * TensorFlow computes float32 products in TF32 on every GPU since Ampere.
 */
const VARIABLE = 'NVIDIA_TF32_OVERRIDE';

/** Whether TF32 is allowed in this process; undefined until the first recipe or TensorFlow's loading decides it. */
let allowed: boolean | undefined;

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

/** What is wrong with a user's value of the variable for this precision, in words. */
function valueProblem(precision: Precision, value: string | undefined): string | undefined {
  if (!isSet(value)) return undefined;
  if (precision === 'tf32' && value === '0')
    return `${VARIABLE} is 0, which forbids TF32, but recipe.precision is tf32: unset the variable, or set recipe.precision to float32`;
  if (precision !== 'tf32' && value !== '0')
    return `${VARIABLE} is ${value}, which allows TF32, but recipe.precision is ${precision}: unset the variable, or set recipe.precision to tf32`;
  return undefined;
}

/**
 * Allows TF32 for the precision `tf32` and forbids it for the others, in the environment of this process. Call it before
 * TensorFlow is loaded.
 * @param onGpu whether TensorFlow is already loaded and runs on a GPU
 * @throws UserError exit code 78 if the user's environment says the opposite, or if this process already decided otherwise.
 */
export function decideTf32(precision: Precision, onGpu: boolean, environment = process.env): void {
  const wanted = precision === 'tf32';
  if (allowed === undefined) {
    const problem = valueProblem(precision, environment[VARIABLE]);
    if (problem !== undefined) throw configError(problem);
  } else if (allowed !== wanted && onGpu) {
    throw configError(
      `recipe.precision is ${precision}, but TensorFlow was loaded in this process with TF32 ${allowed ? 'allowed' : 'forbidden'}: train in a process of its own`,
    );
  }
  allowed = wanted;
  if (wanted) Reflect.deleteProperty(environment, VARIABLE);
  else environment[VARIABLE] = '0';
}

/** Called while TensorFlow is loaded: without a decision TF32 is forbidden, unless the user's environment says otherwise. */
export function forbidTf32ByDefault(environment = process.env): void {
  if (allowed === undefined && !isSet(environment[VARIABLE])) decideTf32('float32', false, environment);
}
