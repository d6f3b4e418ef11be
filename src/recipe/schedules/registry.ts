import { constant } from './constant.ts';
import { cosine } from './cosine.ts';
import { exponential } from './exponential.ts';
import { milestones } from './milestones.ts';
import { onecycle } from './onecycle.ts';
import { polynomial } from './polynomial.ts';
import { step } from './step.ts';
import { warmRestarts } from './warm-restarts.ts';

/** Every schedule by its name in a recipe. */
export const schedules = {
  constant,
  step,
  exponential,
  polynomial,
  cosine,
  onecycle,
  milestones,
  warmRestarts,
} as const;
