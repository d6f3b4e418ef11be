import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { accuracyAt, findCrossing } from '../results/crossing.ts';
import { sealMeasurement, type Measurement, type MeasurementBody } from '../results/measurement.ts';
import { readMeasurement } from '../results/read.ts';
import { storeMeasurement } from '../results/store.ts';
import { sweepPaths } from './folder.ts';
import type { PlannedRun } from './plan.ts';

/** A finished run's measurement, undefined while there is none. @throws UserError 65 for a damaged one. */
export function resultOf(dir: string, run: PlannedRun): Measurement | undefined {
  const file = join(sweepPaths(dir).run(run.id), 'measurement.json');
  return existsSync(file) ? readMeasurement(file) : undefined;
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
