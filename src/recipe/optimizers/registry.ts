/** Every optimizer, one line each. The exported name is its name in a recipe. */
export { adam } from './adam.ts';
export { rmsprop } from './rmsprop.ts';
export { sgd } from './sgd.ts';
