import { existsSync } from 'node:fs';
import { isReachedByZero } from '../config/level.ts';
import { accuracyAt, findCrossing } from '../results/crossing.ts';
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
 * @throws UserError 65 if it is damaged.
 */
export function resultOf({ dir, plan, store }: SweepPlace, run: PlannedRun): Measurement | undefined {
  const own = runPaths(sweepPaths(dir).run(run.id)).measurement;
  const file = [own, measurementFile(store, plan.name, run.id)].find((path) => existsSync(path));
  return file === undefined ? undefined : readMeasurement(file);
}

/** The level that an anchor sets: its accuracy at its last evaluation; undefined if it diverged, or if the rule rounds it to 0 %. */
export function levelSetBy(run: PlannedRun, measurement: Measurement): number | undefined {
  const last = measurement.curve[measurement.curve.length - 1];
  if (last === undefined || measurement.status === 'diverged') return undefined;
  const accuracy = accuracyAt(last, (run.level ?? { metric: 'top5' as const }).metric);
  const isZero = accuracy === 0 || (run.level !== null && isReachedByZero(accuracy, run.level.rule));
  return isZero ? undefined : accuracy;
}

/**
 * Adds the level that an anchor has set, and its crossing, to the anchor's measurement, and seals the measurement again. Other
 * measurements are returned unchanged. The level is known only after the anchor has been trained.
 */
export function measuredAgainstLevel(run: PlannedRun, measurement: Measurement): Measurement {
  if (run.anchor !== run.id || run.level === null) return measurement;
  const value = levelSetBy(run, measurement);
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
