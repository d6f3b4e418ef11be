import { adam } from './adam.ts';
import { lamb } from './lamb.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import { rmsprop } from './rmsprop.ts';
import { scheduleFreeAdamw, scheduleFreeSgd } from './schedule-free.ts';
import { sgd } from './sgd.ts';

/** Every optimizer by its name in a recipe. */
export const optimizers = { sgd, rmsprop, adam, lamb, lion, muon, scheduleFreeSgd, scheduleFreeAdamw } as const;
