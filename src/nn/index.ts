/** The layers and types that networks are written with. */
export { hardSigmoid, hardSwish, relu, relu6, sigmoid, swish } from './layers/activation.ts';
export { add, channelShuffle, concat, flatten, multiply, splitChannels } from './layers/arithmetic.ts';
export { attention, batchedProduct, scaleBy, softmax } from './layers/attention.ts';
export { blurPool } from './layers/blur-pool.ts';
export { conv2d } from './layers/convolution.ts';
export { gelu, geluTanh } from './layers/gelu.ts';
export { layerNorm } from './layers/layer-norm.ts';
export { layerScale } from './layers/layer-scale.ts';
export { linear } from './layers/linear.ts';
export { batchNorm, localResponseNorm } from './layers/normalization.ts';
export { adaptiveAveragePool, averagePool, globalAveragePool, maxPool, spatialMean } from './layers/pooling.ts';
export { dropout, stochasticDepth } from './layers/regularization.ts';
export { addPosition, classToken, patchCount, patchEmbedding, prependToken } from './layers/tokens.ts';
export type { Initializer } from './initialize.ts';
export type { Forward, Scope } from './scope.ts';
export type { Tensor } from './tensor.ts';
