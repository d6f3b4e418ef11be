/** The building blocks of networks. */
export { relu, relu6, sigmoid, swish } from './layers/activation.ts';
export { add, channelShuffle, concat, flatten, multiply, splitChannels } from './layers/arithmetic.ts';
export { conv2d } from './layers/convolution.ts';
export { linear } from './layers/linear.ts';
export { batchNorm, localResponseNorm } from './layers/normalization.ts';
export { adaptiveAveragePool, averagePool, globalAveragePool, maxPool, spatialMean } from './layers/pooling.ts';
export { dropout, stochasticDepth } from './layers/regularization.ts';
export type { Initializer } from './initialize.ts';
export type { Forward, Scope } from './scope.ts';
export type { Tensor } from './tensor.ts';
