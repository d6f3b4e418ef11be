/** Every optimizer, one line each. The exported name is its name in a recipe. */
export { adam } from './adam.ts';
export { lamb } from './lamb.ts';
export { lion } from './lion.ts';
export { muon } from './muon.ts';
export { rmsprop } from './rmsprop.ts';
export { scheduleFreeAdamw, scheduleFreeSgd } from './schedule-free.ts';
export { sgd } from './sgd.ts';
