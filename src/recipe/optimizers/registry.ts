import { adam } from './adam.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** Every optimizer by its name in a recipe. */
export const optimizers = { sgd, rmsprop, adam } as const;
