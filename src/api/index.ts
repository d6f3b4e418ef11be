/**
 * doubletime as a library. All exports are typed and documented; docs/api.md shows how to use them.
 * An error that the user can fix is a `UserError` with one line of text and an exit code (docs/exit-codes.md).
 */
export { ExitCode, UserError } from '../base/errors.ts';

export { countFlops, type CountRequest, type FlopReport } from './count-flops.ts';
export { train, type TrainRequest } from './train.ts';
export { planSweep } from './plan-sweep.ts';
export { fitTrend, type FitOptions } from './fit-trend.ts';
export { readMeasurement } from './read-measurement.ts';

export { defineNetwork, type NetworkDefinition } from '../../models/own.ts';
export { networkNames, registerNetwork } from '../../models/registry.ts';
export { type OpFormula, registerOpFormula } from '../engine/network/op-formula.ts';

export * from '../nn/index.ts';
export { defineOp, type DefinedOp, type LayerOp } from '../nn/define.ts';
export * as raw from '../nn/raw.ts';

export type { Measurement } from '../results/measurement.ts';
export type { PlannedRun, SweepPlan } from '../results/sweep-plan.ts';
export type { LevelTrend, Trend } from '../trend/types.ts';
