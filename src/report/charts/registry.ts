/** All kinds of charts, one line each. all.ts sorts them by their `order`. */
export { byLevel } from './by-level.ts';
export { effective } from './effective.ts';
export { frontier } from './frontier.ts';
export { learning } from './learning.ts';
export { measures } from './measures.ts';
export { schedules } from './schedules.ts';
export { split } from './split.ts';
