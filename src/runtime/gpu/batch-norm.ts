import { precisionVariable } from './precision-variable.ts';

/**
 * Allows cuDNN's persistent kernels of batch norm for `bfloat16`. TensorFlow reads the variable at the first batch norm of a process.
 * Without these kernels, TensorFlow converts every batch norm's images from NHWC to NCHW and back (fused_batch_norm_op.cc). Other
 * precisions use NCHW on a GPU, where these kernels accept a smaller range of values (cuDNN documentation,
 * CUDNN_BATCHNORM_SPATIAL_PERSISTENT).
 */
export const persistentBatchNorm = precisionVariable({
  name: 'TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT',
  valueFor: (precision) => (precision === 'bfloat16' ? '1' : undefined),
  fixed: (precision) => `this process has chosen the kernels of batch norms for ${precision}`,
});
