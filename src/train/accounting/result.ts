import { replaceFile } from '../../base/files/files.ts';
import { hashOfJson } from '../../base/json.ts';
import { paperFlops } from '../../base/numbers/paper-compute.ts';
import { pathExists } from '../../base/files/stat.ts';
import { configIdentity } from '../../config/identity.ts';
import type { RunConfig } from '../../config/run.ts';
import type { DataDescription } from '../../data/batch.ts';
import { findCrossing } from '../../results/crossing.ts';
import type { FlopsLimit } from '../../results/flops-limit.ts';
import { type CurvePoint, type Measurement, MEASUREMENT_VERSION, sealMeasurement } from '../../results/measurement.ts';
import { readMeasurement } from '../../results/read.ts';
import { trackerStatus } from '../../results/validate/rules.ts';
import type { Engine } from '../../engine/engine.ts';
import type { EnvironmentHistory } from './environment-history.ts';
import type { DeviceWatch } from './device-watch.ts';
import { describeMemoryErrors } from './gpu-samples.ts';
import type { Ledger } from './ledger.ts';
import { describeExtension, type RunPlan, type Status } from '../plan.ts';
import type { RunFolder } from '../files/run-folder.ts';

/**
 * The id in a measurement: the network's name and the first 12 digits of a hash of the config, without `execution` and without the paths
 * of files that have a sha256. A sweep names the file of the measurement by its own run id.
 */
export function runId(config: RunConfig): string {
  const hash = hashOfJson({ ...configIdentity(config), execution: null });
  return `${config.network.name}-${hash.slice(0, 12)}`;
}

export interface ResultParts {
  readonly id: string;
  readonly network: { readonly name: string; readonly published: string };
  readonly plan: RunPlan;
  readonly data: DataDescription;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly device: Pick<DeviceWatch, 'peakFlopPerSecond' | 'describe'>;
  readonly curve: readonly CurvePoint[];
  readonly status: Status;
  /** The limit that stopped the run early; undefined if none did. */
  readonly earlyStop: FlopsLimit | undefined;
  readonly startedAt: string;
  /** Warnings for readers of the result. */
  readonly warnings: readonly string[];
  readonly environments: EnvironmentHistory;
}

function findAllWarnings({ plan, curve, ledger, warnings }: ResultParts): string[] {
  const extension = describeExtension(plan, curve);
  return [...warnings, ...(extension === undefined ? [] : [extension]), ...describeMemoryErrors(ledger.state.gpu)];
}

/** Creates the measurement of a run that has ended, sealed with its sha256. */
export function createMeasurement(parts: ResultParts): Measurement {
  const { plan, engine, ledger, curve } = parts;
  const { environment, earlier } = parts.environments;
  const warnings = findAllWarnings(parts);
  const gpu = parts.device.describe();
  const data = { ...parts.data };
  delete data.warnings;
  const { config, level } = plan;
  const { skippedByClass, ...rest } = data;
  const { forwardMacsPerExample, parameters, batch, stepMacs, macsByPrecision, stepFlops, stages } = engine.counts;
  const { pricePerHour, currency, peakFlopPerSecond } = config.execution;
  const dataEntry = {
    ...rest,
    classes: [...data.classes],
    skipped: [...data.skipped],
    ...(skippedByClass && { skippedByClass: [...skippedByClass] }),
    input: config.data.input,
  };
  return sealMeasurement({
    version: MEASUREMENT_VERSION,
    id: parts.id,
    network: parts.network.name,
    published: parts.network.published,
    status: parts.status,
    ...(parts.earlyStop && { earlyStop: parts.earlyStop }),
    ...(warnings.length > 0 && { warnings }),
    tracker: trackerStatus({ data: dataEntry, config }),
    config,
    data: dataEntry,
    seed: config.seed,
    counts: {
      parameters,
      batch,
      forwardMacsPerExample,
      stepMacs,
      ...(macsByPrecision && { macsByPrecision }),
      stepFlops,
      paperFlopsPerExample: paperFlops(forwardMacsPerExample),
      ...(stages && { stages: [...stages] }),
    },
    level: config.level,
    curve: [...curve],
    crossing: level && findCrossing(curve, level),
    totals: ledger.totals({
      pricePerHour,
      currency,
      peakFlopPerSecond: peakFlopPerSecond ?? parts.device.peakFlopPerSecond,
    }),
    environment: {
      startedAt: parts.startedAt,
      finishedAt: new Date().toISOString(),
      ...environment,
      ...(gpu && { gpu }),
      ...(earlier.length > 0 && { earlier: [...earlier] }),
    },
  });
}

/** Writes a measurement. @throws UserError exit code 73 or 74, also if `requireHeld` finds that this process has lost the folder. */
export function writeMeasurement(folder: RunFolder, measurement: Measurement, requireHeld: () => void): void {
  const text = `${JSON.stringify(measurement, null, 2)}\n`;
  replaceFile(folder.measurement, [text], { check: requireHeld });
}

/** The measurement of a finished run; undefined if the run has not finished. @throws UserError exit code 65 if it is damaged. */
export const readRunMeasurement = (folder: RunFolder): Measurement | undefined =>
  pathExists(folder.measurement) ? readMeasurement(folder.measurement) : undefined;
