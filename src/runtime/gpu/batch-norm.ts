import { configError } from '../../base/errors.ts';
import type { Precision } from '../../base/precision.ts';

/** The environment variable that allows cuDNN's persistent kernels. TensorFlow reads it at the first batch norm of a process. */
const VARIABLE = 'TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT';

/** The precision of the first recipe in this process; undefined if there is none yet, or if the user has set the variable. */
let decidedFor: Precision | undefined;

const allows = (precision: Precision): boolean => precision === 'bfloat16';

/**
 * Allows cuDNN's persistent kernels of batch norm for `bfloat16`, by an environment variable of this process. Without them, TensorFlow
 * converts every batch norm's images from NHWC to NCHW and back (fused_batch_norm_op.cc). Other precisions use NCHW on a GPU, where
 * these kernels accept a smaller range of values (cuDNN documentation, CUDNN_BATCHNORM_SPATIAL_PERSISTENT). A value that the user has
 * set stays.
 * @param onGpu whether TensorFlow is already loaded and runs on a GPU.
 * @throws UserError exit code 78 if this process has already decided otherwise, because the kernels cannot change.
 */
export function decidePersistentBatchNorm(precision: Precision, onGpu: boolean, environment = process.env): void {
  const isFree = decidedFor !== undefined || (environment[VARIABLE] ?? '') === '';
  if (!isFree) return;
  if (onGpu && decidedFor !== undefined && allows(decidedFor) !== allows(precision))
    throw configError(
      `recipe.precision is ${precision}, but this process has chosen the kernels of batch norms for ${decidedFor}: train in a new process`,
    );
  decidedFor = precision;
  if (allows(precision)) environment[VARIABLE] = '1';
  else Reflect.deleteProperty(environment, VARIABLE);
}
