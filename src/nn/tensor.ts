/** A tensor as tfjs holds it. Everything above imports it from here, so that only src/nn and src/runtime know tfjs. */
export type { Tensor } from '@tensorflow/tfjs-node-gpu';
