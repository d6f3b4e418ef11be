import { existsSync } from 'node:fs';
import { dataError } from '../base/errors.ts';
import { isReachedByZero, type Level } from '../config/level.ts';
import { accuracyAt, findCrossing } from '../results/crossing.ts';
import { describeForeign, findForeign } from '../results/foreign.ts';
import { sealMeasurement, type Measurement, type MeasurementBody } from '../results/measurement.ts';
import { readMeasurement } from '../results/read.ts';
import { measurementFile, storeMeasurement } from '../results/store.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun, SweepPlan } from '../results/sweep-plan.ts';

/** A sweep's folder, its plan, and the store of its results. */
export interface SweepPlace {
  readonly dir: string;
  readonly plan: SweepPlan;
  readonly store: string;
}

/**
 * The measurement of a finished run, from its folder or from the store; undefined if it has none yet. The store may contain the
 * measurement of a run with the same id from another folder, or from a folder that was removed.
 * @throws UserError 65 if it is damaged, or the measurement of another run.
 */
export function resultOf({ dir, plan, store }: SweepPlace, run: PlannedRun): Measurement | undefined {
  const own = runPaths(sweepPaths(dir).run(run.id)).measurement;
  const file = [own, measurementFile(store, plan.name, run.id)].find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const measurement = readMeasurement(file);
  const foreign = findForeign(measurement, run.config);
  if (foreign !== undefined) throw dataError(`${file} ${describeForeign(foreign)}`);
  return measurement;
}

/**
 * The level that an anchor sets: its accuracy at its last evaluation, in the metric of the run that is to reach it; undefined if the
 * anchor diverged, or if the rule of the level rounds the accuracy to 0 %.
 */
export function levelSetBy({ curve, status }: Measurement, { metric, rule }: Level): number | undefined {
  const last = curve.at(-1);
  if (last === undefined || status === 'diverged') return undefined;
  const accuracy = accuracyAt(last, metric);
  return accuracy === 0 || isReachedByZero(accuracy, rule) ? undefined : accuracy;
}

/**
 * Adds the level that an anchor has set, and its crossing, to the anchor's measurement, and seals the measurement again. Other
 * measurements are returned unchanged. The level is known only after the anchor has been trained.
 */
export function measuredAgainstLevel(run: PlannedRun, measurement: Measurement): Measurement {
  if (run.anchor !== run.id || run.level === null) return measurement;
  const value = levelSetBy(measurement, run.level);
  if (value === undefined) return measurement;
  const level = { ...run.level, value };
  const body: MeasurementBody & { sha256?: string } = { ...measurement };
  delete body.sha256;
  return sealMeasurement({ ...body, level, crossing: findCrossing(measurement.curve, level) });
}

/** Copies a finished run's measurement to the store; a second call does nothing. Returns the measurement and its file. */
export function deliver(
  store: string,
  sweep: string,
  run: PlannedRun,
  measurement: Measurement,
): { file: string; measurement: Measurement } {
  const final = measuredAgainstLevel(run, measurement);
  return { file: storeMeasurement(store, sweep, final, run.id), measurement: final };
}
