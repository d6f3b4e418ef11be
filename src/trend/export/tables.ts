import type { Cell } from '../../base/text/table.ts';
import type { StoredMeasurement } from '../../results/store.ts';
import type { LevelTrend } from '../types.ts';

/**
 * The type of a column; every cell may be null. A date is YYYY-MM-DD, a time is ISO 8601 in UTC. Counts are integers, also
 * those of the operations of one step. The operations of a whole run are numbers, because they can be more than 2^63.
 */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'date' | 'time';

/** A flat table. The end of a column's name is its unit (`_s`, `_bytes`, `_fraction`). */
export interface FlatTable {
  readonly names: readonly string[];
  readonly types: readonly ColumnType[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A column of a table with one row per item. */
interface Column<T> {
  readonly type: ColumnType;
  readonly get: (item: T) => Cell;
}

type Columns<T> = Readonly<Record<string, Column<T>>>;

type Get<T, Value> = (item: T) => Value | null;
const text = <T>(get: Get<T, string>): Column<T> => ({ type: 'text', get });
const integer = <T>(get: Get<T, number>): Column<T> => ({ type: 'integer', get });
const number = <T>(get: Get<T, number>): Column<T> => ({ type: 'number', get });
const boolean = <T>(get: Get<T, boolean>): Column<T> => ({ type: 'boolean', get });
const date = <T>(get: Get<T, string>): Column<T> => ({ type: 'date', get });
const time = <T>(get: Get<T, string>): Column<T> => ({ type: 'time', get });

/** The cell; null for an infinite number, which JSON cannot hold. */
const finiteOrNull = (cell: Cell): Cell => (typeof cell === 'number' && !Number.isFinite(cell) ? null : cell);

const buildTable = <T>(columns: Columns<T>, items: readonly T[]): FlatTable => ({
  names: Object.keys(columns),
  types: Object.values(columns).map(({ type }) => type),
  rows: items.map((item) => Object.values(columns).map(({ get }) => finiteOrNull(get(item)))),
});

const measurementColumns: Columns<StoredMeasurement> = {
  id: text(({ measurement: m }) => m.id),
  network: text(({ measurement: m }) => m.network),
  published_date: date(({ measurement: m }) => m.published),
  status: text(({ measurement: m }) => m.status),
  seed: integer(({ measurement: m }) => m.seed),
  data_source: text(({ measurement: m }) => m.data.source),
  data_name: text(({ measurement: m }) => m.data.name),
  data_sha256: text(({ measurement: m }) => m.data.sha256),
  classes: integer(({ measurement: m }) => m.data.classes.length),
  train_examples: integer(({ measurement: m }) => m.data.trainExamples),
  validation_examples: integer(({ measurement: m }) => m.data.validationExamples),
  input_pixels: integer(({ measurement: m }) => m.data.input),
  parameters: integer(({ measurement: m }) => m.counts.parameters),
  batch_examples: integer(({ measurement: m }) => m.counts.batch),
  forward_mac_per_example: integer(({ measurement: m }) => m.counts.forwardMacsPerExample),
  step_mac: integer(({ measurement: m }) => m.counts.stepMacs),
  step_flop: integer(({ measurement: m }) => m.counts.stepFlops),
  level_metric: text(({ measurement: m }) => m.level?.metric ?? null),
  level_fraction: number(({ measurement: m }) => m.level?.value ?? null),
  level_anchor: text(({ measurement: m }) => m.level?.anchor ?? null),
  to_level_accuracy_fraction: number(({ measurement: m }) => m.crossing?.accuracy ?? null),
  to_level_examples: integer(({ measurement: m }) => m.crossing?.examples ?? null),
  to_level_epochs: number(({ measurement: m }) => m.crossing?.epochs ?? null),
  to_level_steps: integer(({ measurement: m }) => m.crossing?.steps ?? null),
  to_level_mac: number(({ measurement: m }) => m.crossing?.macs ?? null),
  to_level_flop: number(({ measurement: m }) => m.crossing?.flops ?? null),
  to_level_paper_teraflop_s_days: number(({ measurement: m }) => m.crossing?.paperTeraflopSecondDays ?? null),
  to_level_training_s: number(({ measurement: m }) => m.crossing?.trainingSeconds ?? null),
  total_examples: integer(({ measurement: m }) => m.totals.examples),
  total_epochs: number(({ measurement: m }) => m.totals.epochs),
  total_mac: number(({ measurement: m }) => m.totals.macs),
  total_flop: number(({ measurement: m }) => m.totals.flops),
  total_paper_teraflop_s_days: number(({ measurement: m }) => m.totals.paperTeraflopSecondDays),
  evaluation_mac: number(({ measurement: m }) => m.totals.evaluation.macs),
  wasted_flop: number(({ measurement: m }) => m.totals.wasted.flops),
  training_s: number(({ measurement: m }) => m.totals.seconds.training),
  evaluation_s: number(({ measurement: m }) => m.totals.seconds.evaluation),
  input_wait_s: number(({ measurement: m }) => m.totals.seconds.inputWait),
  speed_examples_per_s: number(({ measurement: m }) => m.totals.examplesPerSecond),
  speed_flop_per_s: number(({ measurement: m }) => m.totals.flopPerSecond),
  utilization_fraction: number(({ measurement: m }) => m.totals.utilization),
  peak_memory_bytes: integer(({ measurement: m }) => m.totals.peakMemoryBytes),
  energy_joules: number(({ measurement: m }) => m.totals.energyJoules),
  cost_amount: number(({ measurement: m }) => m.totals.cost?.amount ?? null),
  cost_currency: text(({ measurement: m }) => m.totals.cost?.currency ?? null),
  device: text(({ measurement: m }) => m.environment.device),
  cpu: text(({ measurement: m }) => m.environment.cpu),
  gpus: text(({ measurement: m }) => m.environment.gpus.map(({ name }) => name).join('; ')),
  tensorflow: text(({ measurement: m }) => m.environment.tensorflow),
  commit: text(({ measurement: m }) => m.environment.commit),
  started_at: time(({ measurement: m }) => m.environment.startedAt),
  finished_at: time(({ measurement: m }) => m.environment.finishedAt),
  sha256: text(({ measurement: m }) => m.sha256),
  file: text(({ file }) => file),
};

/** One row per measurement. */
export const measurementTable = (stored: readonly StoredMeasurement[]): FlatTable =>
  buildTable(measurementColumns, stored);

/** An evaluation on the curve of a measurement. */
type EvaluationRow = StoredMeasurement['measurement']['curve'][number] & { id: string; network: string };

const curveColumns: Columns<EvaluationRow> = {
  id: text(({ id }) => id),
  network: text(({ network }) => network),
  examples: integer(({ examples }) => examples),
  epochs: number(({ epochs }) => epochs),
  steps: integer(({ steps }) => steps),
  mac: number(({ macs }) => macs),
  flop: number(({ flops }) => flops),
  paper_teraflop_s_days: number(({ paperTeraflopSecondDays }) => paperTeraflopSecondDays),
  training_s: number(({ trainingSeconds }) => trainingSeconds),
  learning_rate: number(({ learningRate }) => learningRate),
  training_loss: number(({ trainingLoss }) => trainingLoss),
  validation_loss: number(({ loss }) => loss),
  top1_fraction: number(({ top1 }) => top1),
  top5_fraction: number(({ top5 }) => top5),
  averaged_validation_loss: number(({ averaged }) => averaged?.loss ?? null),
  averaged_top1_fraction: number(({ averaged }) => averaged?.top1 ?? null),
  averaged_top5_fraction: number(({ averaged }) => averaged?.top5 ?? null),
};

/** One row per evaluation of every measurement. */
export const curveTable = (stored: readonly StoredMeasurement[]): FlatTable =>
  buildTable(
    curveColumns,
    stored.flatMap(({ measurement: { id, network, curve } }) => curve.map((point) => ({ ...point, id, network }))),
  );

/** A network at a level. */
type PointRow = LevelTrend['points'][number] & { trend: LevelTrend };

const pointColumns: Columns<PointRow> = {
  level: text(({ trend }) => trend.name),
  source: text(({ trend }) => trend.source),
  counts: text(({ trend }) => trend.counts),
  network: text(({ network }) => network),
  published_date: date(({ published }) => published),
  compute_teraflop_s_days: number(({ teraflopSecondDays }) => teraflopSecondDays),
  least_teraflop_s_days: number(({ range }) => range[0]),
  most_teraflop_s_days: number(({ range }) => range[1]),
  epochs: number(({ epochs }) => epochs),
  compute_per_epoch_teraflop_s_days: number(({ teraflopSecondDaysPerEpoch }) => teraflopSecondDaysPerEpoch),
  on_frontier: boolean(({ onFrontier }) => onFrontier),
  reduction_factor: number(({ reduction }) => reduction),
  seeds: integer(({ seeds }) => seeds),
  seeds_at_level: integer(({ seedsAtLevel }) => seedsAtLevel),
};

/** One row per network and level of a trend. */
export const pointTable = (levels: readonly LevelTrend[]): FlatTable =>
  buildTable(
    pointColumns,
    levels.flatMap((trend) => trend.points.map((point) => ({ ...point, trend }))),
  );
