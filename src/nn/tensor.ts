/** A tensor of tfjs. Other folders import the type from here, so that only src/nn and src/runtime depend on tfjs. */
export type { Tensor } from '@tensorflow/tfjs-node-gpu';
