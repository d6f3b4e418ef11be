import { configError } from '../../base/errors.ts';
import type { Precision } from '../../base/precision.ts';

/**
 * The environment variable that forbids TF32 in NVIDIA's libraries if it is 0. They read it when TensorFlow loads them. Without it,
 * TensorFlow computes float32 products in TF32 on every GPU since Ampere.
 */
const VARIABLE = 'NVIDIA_TF32_OVERRIDE';

/** Whether TF32 is allowed in this process; undefined until the first recipe or TensorFlow's loading decides it. */
let allowed: boolean | undefined;

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

/** What is wrong with the user's value of the variable for a precision; undefined if nothing is. */
function valueProblem(precision: Precision, value: string | undefined): string | undefined {
  if (!isSet(value)) return undefined;
  if (precision === 'tf32' && value === '0')
    return `${VARIABLE} is 0, which forbids TF32, but recipe.precision is tf32: unset the variable, or set recipe.precision to float32`;
  if (precision !== 'tf32' && value !== '0')
    return `${VARIABLE} is ${value}, which allows TF32, but recipe.precision is ${precision}: unset the variable, or set recipe.precision to tf32`;
  return undefined;
}

/**
 * Allows TF32 for the precision `tf32` and forbids it for all others, by an environment variable of this process. Must be called
 * before TensorFlow is loaded.
 * @param onGpu whether TensorFlow is already loaded and runs on a GPU.
 * @throws UserError exit code 78 if the user has set the variable to another value, or if TensorFlow was loaded for another precision.
 */
export function decideTf32(precision: Precision, onGpu: boolean, environment = process.env): void {
  const allow = precision === 'tf32';
  if (allowed === undefined) {
    const problem = valueProblem(precision, environment[VARIABLE]);
    if (problem !== undefined) throw configError(problem);
  } else if (allowed !== allow && onGpu) {
    throw configError(
      `recipe.precision is ${precision}, but TensorFlow was loaded in this process with TF32 ${allowed ? 'allowed' : 'forbidden'}: train in a new process`,
    );
  }
  allowed = allow;
  if (allow) Reflect.deleteProperty(environment, VARIABLE);
  else environment[VARIABLE] = '0';
}

/** Called while TensorFlow is loaded. Forbids TF32 if no recipe has decided about it and the user has not set the variable. */
export function forbidTf32ByDefault(environment = process.env): void {
  if (allowed === undefined && !isSet(environment[VARIABLE])) decideTf32('float32', false, environment);
}
