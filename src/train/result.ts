import { existsSync } from 'node:fs';
import { writeFileAtomic } from '../base/files.ts';
import { hashOfJson } from '../base/json.ts';
import type { RunConfig } from '../config/run.ts';
import type { DataDescription } from '../data/batch.ts';
import { findCrossing } from '../results/crossing.ts';
import type { FlopsLimit } from '../results/flops-limit.ts';
import {
  type CurvePoint,
  type Measurement,
  MEASUREMENT_VERSION,
  sealMeasurement,
} from '../results/measurement.ts';
import { readMeasurement } from '../results/read.ts';
import type { Engine } from './engine.ts';
import type { Environment } from './environment.ts';
import type { Ledger } from './ledger.ts';
import type { RunPlan, Status } from './plan.ts';
import type { RunFolder } from './run-folder.ts';

/** A run's name: the same for the same network, recipe, data, level and seed, wherever and however often it runs. */
export const runId = (config: RunConfig): string =>
  `${config.network.name}-${hashOfJson({ ...config, execution: null }).slice(0, 12)}`;

export interface ResultParts {
  readonly id: string;
  readonly network: { readonly name: string; readonly published: string };
  readonly plan: RunPlan;
  readonly data: DataDescription;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly curve: readonly CurvePoint[];
  readonly status: Status;
  /** The limit that ended it, where it was stopped early. */
  readonly earlyStop: FlopsLimit | undefined;
  readonly startedAt: string;
  readonly environment: Environment;
}

/** The sealed measurement of a run that has come to its end. */
export function measurementOfRun(parts: ResultParts): Measurement {
  const { plan, data, engine, ledger, curve, environment } = parts;
  const { config, level } = plan;
  const { skippedByClass, ...rest } = data;
  const { forwardMacsPerExample, parameters, batch, stepMacs, stepFlops } = engine.counts;
  const { pricePerHour, currency, peakFlopPerSecond } = config.execution;
  return sealMeasurement({
    version: MEASUREMENT_VERSION,
    id: parts.id,
    network: parts.network.name,
    published: parts.network.published,
    status: parts.status,
    ...(parts.earlyStop && { earlyStop: parts.earlyStop }),
    config,
    data: {
      ...rest,
      classes: [...data.classes],
      skipped: [...data.skipped],
      ...(skippedByClass && { skippedByClass: [...skippedByClass] }),
      input: config.data.input,
    },
    seed: config.seed,
    counts: {
      parameters,
      batch,
      forwardMacsPerExample,
      stepMacs,
      stepFlops,
      paperFlopsPerExample: 3 * forwardMacsPerExample,
    },
    level: config.level,
    curve: [...curve],
    crossing: level && findCrossing(curve, level),
    totals: ledger.totals({ pricePerHour, currency, peakFlopPerSecond }),
    environment: {
      startedAt: parts.startedAt,
      finishedAt: new Date().toISOString(),
      ...environment,
    },
  });
}

export const writeMeasurement = (folder: RunFolder, measurement: Measurement): void => {
  writeFileAtomic(folder.measurement, `${JSON.stringify(measurement, null, 2)}\n`);
};

/** The measurement of a run that has finished already. @throws UserError exit code 65 where it is damaged. */
export const readFinished = (folder: RunFolder): Measurement | undefined =>
  existsSync(folder.measurement) ? readMeasurement(folder.measurement) : undefined;
