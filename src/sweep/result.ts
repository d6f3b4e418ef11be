import { existsSync } from 'node:fs';
import { accuracyAt, findCrossing } from '../results/crossing.ts';
import { sealMeasurement, type Measurement, type MeasurementBody } from '../results/measurement.ts';
import { readMeasurement } from '../results/read.ts';
import { measurementFile, storeMeasurement } from '../results/store.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun, SweepPlan } from '../results/sweep-plan.ts';

/** A sweep's folder, what is planned in it, and the store of its results. */
export interface SweepPlace {
  readonly dir: string;
  readonly plan: SweepPlan;
  readonly store: string;
}

/**
 * A finished run's measurement: that in its folder, else the one that the store holds already, from another folder or from
 * one that is gone. Undefined while there is none. @throws UserError 65 for a damaged one.
 */
export function resultOf({ dir, plan, store }: SweepPlace, run: PlannedRun): Measurement | undefined {
  const own = runPaths(sweepPaths(dir).run(run.id)).measurement;
  const file = [own, measurementFile(store, plan.name, run.id)].find((one) => existsSync(one));
  return file === undefined ? undefined : readMeasurement(file);
}

/** The level an anchor sets: its own accuracy at its last evaluation; undefined for one that diverged. */
export function levelSetBy(run: PlannedRun, measurement: Measurement): number | undefined {
  const last = measurement.curve[measurement.curve.length - 1];
  if (last === undefined || measurement.status === 'diverged') return undefined;
  const accuracy = accuracyAt(last, (run.level ?? { metric: 'top5' as const }).metric);
  return accuracy > 0 ? accuracy : undefined;
}

/**
 * An anchor's measurement with the level that it set itself and where its curve crossed it, sealed anew; any other's as it
 * is. The level was not known while the anchor trained, so this cannot change how it trained.
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

/** Puts a finished run's measurement into the store; doing it again does nothing. Returns it and its file. */
export function deliver(
  store: string,
  sweep: string,
  run: PlannedRun,
  measurement: Measurement,
): { file: string; measurement: Measurement } {
  const final = measuredAgainstLevel(run, measurement);
  return { file: storeMeasurement(store, sweep, final, run.id), measurement: final };
}
