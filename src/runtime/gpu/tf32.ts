import type { Precision } from '../../base/precision.ts';
import { precisionVariable } from './precision-variable.ts';

const NAME = 'NVIDIA_TF32_OVERRIDE';

function problemOf(precision: Precision, given: string): string | undefined {
  if (precision === 'tf32' && given === '0')
    return `${NAME} is 0, which forbids TF32, but recipe.precision is tf32: unset the variable, or set recipe.precision to float32`;
  if (precision !== 'tf32' && given !== '0')
    return `${NAME} is ${given}, which allows TF32, but recipe.precision is ${precision}: unset the variable, or set recipe.precision to tf32`;
  return undefined;
}

/**
 * Allows TF32 for the precision `tf32` and forbids it for all others. NVIDIA's libraries read the variable when TensorFlow loads them.
 * Without it, TensorFlow computes float32 products in TF32 on every GPU since Ampere.
 */
export const tf32 = precisionVariable({
  name: NAME,
  valueFor: (precision) => (precision === 'tf32' ? undefined : '0'),
  problemOf,
  fixed: (precision) =>
    `TensorFlow was loaded in this process with TF32 ${precision === 'tf32' ? 'allowed' : 'forbidden'}`,
});
