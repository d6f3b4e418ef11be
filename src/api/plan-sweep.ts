import { findConfig } from '../config/shipped.ts';
import { readSweep } from '../sweep/planning/expand.ts';
import type { SweepPlan } from '../results/sweep-plan.ts';
import { catalogue } from './catalogue.ts';

/**
 * Every run of a sweep with its whole config, runs that set levels before those that wait for them. Nothing is trained and
 * TensorFlow is not loaded.
 * @param sweep its YAML file, or the name of a shipped one (`alexnet-level`).
 * @throws UserError exit code 66 where there is no such file, 78 with file:line:column for anything that would fail later.
 */
export const planSweep = (sweep: string): SweepPlan => readSweep(findConfig(sweep, 'sweeps'), catalogue);
