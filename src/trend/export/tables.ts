import type { Cell } from '../../base/table.ts';
import type { StoredMeasurement } from '../../results/store.ts';
import type { LevelTrend } from '../types.ts';

/** A flat table: the unit is the end of a column's name (`_s`, `_bytes`, `_fraction`). */
export interface FlatTable {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

type Getters<T> = Readonly<Record<string, (item: T) => Cell>>;

const tableOf = <T>(getters: Getters<T>, items: readonly T[]): FlatTable => ({
  names: Object.keys(getters),
  rows: items.map((item) => Object.values(getters).map((get) => get(item))),
});

const measurementColumns: Getters<StoredMeasurement> = {
  id: ({ measurement: m }) => m.id,
  network: ({ measurement: m }) => m.network,
  published_date: ({ measurement: m }) => m.published,
  status: ({ measurement: m }) => m.status,
  seed: ({ measurement: m }) => m.seed,
  data_source: ({ measurement: m }) => m.data.source,
  data_name: ({ measurement: m }) => m.data.name,
  data_sha256: ({ measurement: m }) => m.data.sha256,
  classes: ({ measurement: m }) => m.data.classes.length,
  train_examples: ({ measurement: m }) => m.data.trainExamples,
  validation_examples: ({ measurement: m }) => m.data.validationExamples,
  input_pixels: ({ measurement: m }) => m.data.input,
  parameters: ({ measurement: m }) => m.counts.parameters,
  batch_examples: ({ measurement: m }) => m.counts.batch,
  forward_mac_per_example: ({ measurement: m }) => m.counts.forwardMacsPerExample,
  step_mac: ({ measurement: m }) => m.counts.stepMacs,
  step_flop: ({ measurement: m }) => m.counts.stepFlops,
  level_metric: ({ measurement: m }) => m.level?.metric ?? null,
  level_fraction: ({ measurement: m }) => m.level?.value ?? null,
  level_anchor: ({ measurement: m }) => m.level?.anchor ?? null,
  to_level_accuracy_fraction: ({ measurement: m }) => m.crossing?.accuracy ?? null,
  to_level_examples: ({ measurement: m }) => m.crossing?.examples ?? null,
  to_level_epochs: ({ measurement: m }) => m.crossing?.epochs ?? null,
  to_level_steps: ({ measurement: m }) => m.crossing?.steps ?? null,
  to_level_mac: ({ measurement: m }) => m.crossing?.macs ?? null,
  to_level_flop: ({ measurement: m }) => m.crossing?.flops ?? null,
  to_level_paper_teraflop_s_days: ({ measurement: m }) =>
    m.crossing?.paperTeraflopSecondDays ?? null,
  to_level_training_s: ({ measurement: m }) => m.crossing?.trainingSeconds ?? null,
  total_examples: ({ measurement: m }) => m.totals.examples,
  total_epochs: ({ measurement: m }) => m.totals.epochs,
  total_mac: ({ measurement: m }) => m.totals.macs,
  total_flop: ({ measurement: m }) => m.totals.flops,
  total_paper_teraflop_s_days: ({ measurement: m }) => m.totals.paperTeraflopSecondDays,
  evaluation_mac: ({ measurement: m }) => m.totals.evaluation.macs,
  wasted_flop: ({ measurement: m }) => m.totals.wasted.flops,
  training_s: ({ measurement: m }) => m.totals.seconds.training,
  evaluation_s: ({ measurement: m }) => m.totals.seconds.evaluation,
  input_wait_s: ({ measurement: m }) => m.totals.seconds.inputWait,
  speed_examples_per_s: ({ measurement: m }) => m.totals.examplesPerSecond,
  speed_flop_per_s: ({ measurement: m }) => m.totals.flopPerSecond,
  utilization_fraction: ({ measurement: m }) => m.totals.utilization,
  peak_memory_bytes: ({ measurement: m }) => m.totals.peakMemoryBytes,
  energy_joules: ({ measurement: m }) => m.totals.energyJoules,
  cost_amount: ({ measurement: m }) => m.totals.cost?.amount ?? null,
  cost_currency: ({ measurement: m }) => m.totals.cost?.currency ?? null,
  device: ({ measurement: m }) => m.environment.device,
  cpu: ({ measurement: m }) => m.environment.cpu,
  gpus: ({ measurement: m }) => m.environment.gpus.map(({ name }) => name).join('; '),
  tensorflow: ({ measurement: m }) => m.environment.tensorflow,
  commit: ({ measurement: m }) => m.environment.commit,
  started_at: ({ measurement: m }) => m.environment.startedAt,
  finished_at: ({ measurement: m }) => m.environment.finishedAt,
  sha256: ({ measurement: m }) => m.sha256,
  file: ({ file }) => file,
};

/** A row a measurement. */
export const measurementTable = (stored: readonly StoredMeasurement[]): FlatTable =>
  tableOf(measurementColumns, stored);

type OnCurve = StoredMeasurement['measurement']['curve'][number] & { id: string; network: string };

const curveColumns: Getters<OnCurve> = {
  id: ({ id }) => id,
  network: ({ network }) => network,
  examples: ({ examples }) => examples,
  epochs: ({ epochs }) => epochs,
  steps: ({ steps }) => steps,
  mac: ({ macs }) => macs,
  flop: ({ flops }) => flops,
  paper_teraflop_s_days: ({ paperTeraflopSecondDays }) => paperTeraflopSecondDays,
  training_s: ({ trainingSeconds }) => trainingSeconds,
  learning_rate: ({ learningRate }) => learningRate,
  training_loss: ({ trainingLoss }) => trainingLoss,
  validation_loss: ({ loss }) => loss,
  top1_fraction: ({ top1 }) => top1,
  top5_fraction: ({ top5 }) => top5,
  averaged_validation_loss: ({ averaged }) => averaged?.loss ?? null,
  averaged_top1_fraction: ({ averaged }) => averaged?.top1 ?? null,
  averaged_top5_fraction: ({ averaged }) => averaged?.top5 ?? null,
};

/** A row an evaluation of every measurement. */
export const curveTable = (stored: readonly StoredMeasurement[]): FlatTable =>
  tableOf(
    curveColumns,
    stored.flatMap(({ measurement: { id, network, curve } }) =>
      curve.map((point) => ({ ...point, id, network })),
    ),
  );

type AtLevel = LevelTrend['points'][number] & { trend: LevelTrend };

const pointColumns: Getters<AtLevel> = {
  level: ({ trend }) => trend.name,
  source: ({ trend }) => trend.source,
  counts: ({ trend }) => trend.counts,
  network: ({ network }) => network,
  published_date: ({ published }) => published,
  compute_teraflop_s_days: ({ teraflopSecondDays }) => teraflopSecondDays,
  least_teraflop_s_days: ({ range }) => range[0],
  most_teraflop_s_days: ({ range }) => range[1],
  epochs: ({ epochs }) => epochs,
  compute_per_epoch_teraflop_s_days: ({ teraflopSecondDaysPerEpoch }) => teraflopSecondDaysPerEpoch,
  on_frontier: ({ onFrontier }) => onFrontier,
  reduction_factor: ({ reduction }) => reduction,
  seeds: ({ seeds }) => seeds,
  seeds_at_level: ({ seedsAtLevel }) => seedsAtLevel,
};

/** A row a network at every level of a trend. */
export const pointTable = (levels: readonly LevelTrend[]): FlatTable =>
  tableOf(
    pointColumns,
    levels.flatMap((trend) => trend.points.map((point) => ({ ...point, trend }))),
  );
