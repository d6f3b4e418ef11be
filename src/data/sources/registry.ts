/** Every data source, one line each. The exported name is its name in a config (`data.source`). */
export { cifar10 } from './source.ts';
export { cifar100 } from './source.ts';
export { folder } from './source.ts';
export { pack } from './source.ts';
export { synthetic } from './source.ts';
