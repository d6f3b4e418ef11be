import { adam } from './adam.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** All optimizers by their name in a recipe. */
export const optimizers = { sgd, rmsprop, adam } as const;
