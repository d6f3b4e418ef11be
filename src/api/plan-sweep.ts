import { z } from 'zod';
import { findConfig } from '../config/shipped.ts';
import { readSweep } from '../sweep/planning/expand.ts';
import type { SweepPlan } from '../results/sweep-plan.ts';
import { catalogue } from './catalogue.ts';
import { checkRequest, pathSchema } from './check-request.ts';

/**
 * Plans every run of a sweep with its complete config. An anchor, which sets a level, comes before the runs that wait for it.
 * Trains nothing and does not load TensorFlow.
 * @param sweep the sweep's YAML file, or the name of a shipped config (`alexnet-level`).
 * @throws UserError exit code 64 if `sweep` is not text, 66 if the file does not exist, 78 with file:line:column for anything that would
 * fail later.
 */
export function planSweep(sweep: string): SweepPlan {
  checkRequest('planSweep', z.object({ sweep: pathSchema }), { sweep });
  return readSweep(findConfig(sweep, 'sweeps'), catalogue);
}
