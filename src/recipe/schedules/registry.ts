/** Every schedule, one line each. The exported name is its name in a recipe. */
export { constant } from './constant.ts';
export { cosine } from './cosine.ts';
export { exponential } from './exponential.ts';
export { milestones } from './milestones.ts';
export { onecycle } from './onecycle.ts';
export { polynomial } from './polynomial.ts';
export { step } from './step.ts';
export { warmRestarts } from './warm-restarts.ts';
