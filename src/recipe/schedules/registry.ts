import { constant } from './constant.ts';
import { cosine } from './cosine.ts';
import { exponential } from './exponential.ts';
import { onecycle } from './onecycle.ts';
import { polynomial } from './polynomial.ts';
import { step } from './step.ts';

/** All schedules by their name in a recipe. */
export const schedules = { constant, step, exponential, polynomial, cosine, onecycle } as const;
