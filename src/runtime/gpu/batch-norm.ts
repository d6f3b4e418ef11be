import type { Precision } from '../../base/precision.ts';

/** TensorFlow reads it at the first batch norm of a process. */
const VARIABLE = 'TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT';

/**
 * Allows cuDNN's persistent kernels of batch norm for `bfloat16`, by an environment variable of this process. Without them, TensorFlow
 * converts every batch norm's images from NHWC to NCHW and back (fused_batch_norm_op.cc). Other precisions use NCHW on a GPU, where
 * these kernels accept a smaller range of values (cuDNN documentation, CUDNN_BATCHNORM_SPATIAL_PERSISTENT). A value that the user has
 * set stays.
 */
export function allowPersistentBatchNorm(precision: Precision, environment = process.env): void {
  if (precision === 'bfloat16' && (environment[VARIABLE] ?? '') === '') environment[VARIABLE] = '1';
}
