import { dataError, ExitCode, UserError } from '../../base/errors.ts';
import { median } from '../../base/numbers/median.ts';
import type { RunConfig } from '../../config/run.ts';
import type { Measurement } from '../../results/measurement.ts';
import { loadMeasurements, type UnreadableFile } from '../../results/store.ts';
import type { Estimator, Speed } from '../../sweep/planning/estimate.ts';

/** The speed of earlier runs. */
export interface MeasuredSpeed {
  readonly speed: Estimator['speed'];
  /** Files that cannot be used. */
  readonly unreadable: readonly UnreadableFile[];
}

/** How steps are computed. The speed of a run in another precision, or with other kernels, says nothing about a run. */
const settingOf = ({ precision = 'float32', compile, deterministic }: Setting): string =>
  JSON.stringify([precision, compile ?? null, deterministic ?? null]);

type Setting = Partial<Pick<RunConfig['recipe'], 'precision' | 'compile' | 'deterministic'>>;

interface MeasuredRun {
  readonly network: string;
  readonly setting: string;
  /** Equal for steps of one network that compute as much. */
  readonly step: string;
  readonly flopPerSecond: number;
}

const stepKey = (batch: number, stepMacs: number): string => JSON.stringify([batch, stepMacs]);

const measuredRun = ({ network, config, counts, totals }: Measurement): MeasuredRun => ({
  network,
  setting: settingOf(config['recipe'] as Setting),
  step: stepKey(counts.batch, counts.stepMacs),
  flopPerSecond: totals.flopPerSecond,
});

/** The median speed of the runs that are nearest to a run. */
function nearestSpeed(measured: readonly MeasuredRun[], ...[run, counts]: Parameters<Estimator['speed']>) {
  const { recipe } = run.config;
  const step = stepKey(recipe.batch, counts.stepMacs);
  const computed = measured.filter(({ setting }) => setting === settingOf(recipe));
  const ofNetwork = computed.filter(({ network }) => network === run.network);
  const candidates: [Speed['of'], readonly MeasuredRun[]][] = [
    ['sameStep', ofNetwork.filter((other) => other.step === step)],
    ['sameNetwork', ofNetwork],
    ['otherNetworks', computed],
  ];
  const [of, nearest] = candidates.find(([, runs]) => runs.length > 0) ?? [];
  const flopPerSecond = median((nearest ?? []).map((other) => other.flopPerSecond));
  return of === undefined || flopPerSecond === undefined ? undefined : { flopPerSecond, of };
}

/**
 * Reads the speed of earlier runs: that of runs with an equal step; else that of runs of the same network; else that of all
 * runs. All of them have the same `precision`, `compile` and `deterministic` as the run that is planned.
 * @throws UserError exit code 66 if the paths contain no measurement, 65 if they contain only damaged ones.
 */
export function measuredSpeed(paths: readonly string[]): MeasuredSpeed {
  const { stored, unreadable } = loadMeasurements(paths);
  const [damaged] = unreadable;
  if (stored.length === 0 && damaged !== undefined)
    throw dataError(`--measured needs measurements, and none can be read: ${damaged.file}: ${damaged.message}`);
  if (stored.length === 0)
    throw new UserError(
      `no measurements found in ${paths.join(', ')}: --measured needs measurement files or folders that contain them`,
      ExitCode.noInput,
    );
  const measured = stored.map(({ measurement }) => measuredRun(measurement)).filter((run) => run.flopPerSecond > 0);
  return { speed: (run, counts) => nearestSpeed(measured, run, counts), unreadable };
}
